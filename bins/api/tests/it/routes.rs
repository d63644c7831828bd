//! One module per part of the URL space: every file below this one.

automod::dir!("tests/it/routes");
