//! Owners of files: what root makes in a folder of the service belongs to the service.

use std::{io, path::Path};

/// Gives a file that root made the owner and group of its folder. A service that is started once by root, or a command
/// that root runs, would otherwise leave files behind that the service cannot open.
///
/// # Errors
/// What the operating system answered.
#[cfg(unix)]
pub fn like_folder(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let (made, folder) = (std::fs::metadata(file)?, std::fs::metadata(folder)?);
    if made.uid() == 0 && folder.uid() != 0 {
        chown(file, Some(folder.uid()), Some(folder.gid()))?;
    }
    Ok(())
}

/// Other systems have no such owners.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub const fn like_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
