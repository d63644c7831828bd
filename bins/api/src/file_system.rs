//! File systems that SQLite cannot rely on.
//!
//! SQLite keeps several programs apart with locks of the file system, and shares memory between them beside the database.
//! Network file systems lock late or not at all, and share no memory: the database is damaged without an error.

use std::path::{Path, PathBuf};

/// Kinds, as the system names them, that are on another machine or in a program of their own.
const UNRELIABLE: &[&str] = &[
    "9p",
    "afs",
    "ceph",
    "cifs",
    "davfs",
    "gfs2",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
];

/// The kind of file system that holds a path, if SQLite cannot rely on it. The path need not exist yet. None, too, where
/// the system does not tell.
pub fn unreliable(path: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let there = path.ancestors().find_map(|path| {
        let named = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        named.canonicalize().ok()
    })?;
    kind_of(&there, &mounts).filter(|kind| is_unreliable(kind))
}

fn is_unreliable(kind: &str) -> bool {
    UNRELIABLE.contains(&kind) || kind == "fuse" || kind.starts_with("fuse.")
}

/// The kind of the innermost mount that holds a path; of several at one place, the last, which hides the others.
fn kind_of(path: &Path, mounts: &str) -> Option<String> {
    mounts
        .lines()
        .filter_map(mount)
        .filter(|(point, _)| path.starts_with(point))
        .max_by_key(|(point, _)| point.components().count())
        .map(|(_, kind)| kind.to_owned())
}

/// Where a line of `/proc/self/mountinfo` says that something is mounted, and its kind.
fn mount(line: &str) -> Option<(PathBuf, &str)> {
    let (before, after) = line.split_once(" - ")?;
    let point = before.split(' ').nth(4)?;
    let kind = after.split(' ').next()?;
    // Spaces and the like are written in octal.
    let point = point
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
    Some((PathBuf::from(point), kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw - proc proc rw
40 22 0:50 / /srv/share rw,relatime shared:9 - nfs4 nas:/export rw,vers=4.2
41 40 8:2 / /srv/share/local rw - xfs /dev/sdb1 rw
42 22 0:51 / /home/me/with\\040space rw - fuse.sshfs host:/ rw
43 22 0:52 / /over rw - ext4 /dev/sdc1 rw
44 43 0:53 / /over rw - cifs //nas/share rw
";

    #[test]
    fn the_innermost_mount_decides() {
        for (path, kind, unreliable) in [
            ("/var/lib/passgate", "ext4", false),
            ("/srv/share/passgate", "nfs4", true),
            ("/srv/shared", "ext4", false),
            ("/srv/share/local/passgate", "xfs", false),
            ("/home/me/with space/data", "fuse.sshfs", true),
            ("/over", "cifs", true),
        ] {
            let found = kind_of(Path::new(path), MOUNTS).unwrap();
            assert_eq!(
                (found.as_str(), is_unreliable(&found)),
                (kind, unreliable),
                "{path}"
            );
        }
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_where_its_parents_are() {
        let directory = tempfile::tempdir().unwrap();
        let (here, below) = (directory.path(), directory.path().join("a/b/passgate.db"));
        assert_eq!(unreliable(here), unreliable(&below));
        assert_eq!(unreliable(Path::new("nowhere")), unreliable(Path::new(".")));
    }
}
