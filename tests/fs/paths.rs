//! What is done with a path in one go, and how the errors read.

use std::{fs as blocking, io::ErrorKind};

use super::{run, tempdir};
use glassloop::fs;

#[test]
fn a_missing_file_is_the_error_of_std_with_the_path_and_the_operation() {
    let folder = tempdir();
    let path = folder.join("missing");
    let named = path.display();
    let expected = blocking::File::open(&path).unwrap_err();
    run(async {
        let opened = fs::open(&path).await.unwrap_err();
        assert_eq!(opened.kind(), ErrorKind::NotFound);
        assert_eq!(opened.to_string(), format!("cannot open \"{named}\": {expected}"));
        let renamed = fs::rename(&path, "elsewhere").await.unwrap_err();
        let message = format!("cannot rename \"{named}\" to \"elsewhere\": {expected}");
        assert_eq!(renamed.to_string(), message);
        let errors = [
            ("read", fs::read(&path).await.unwrap_err()),
            ("read", fs::read_to_string(&path).await.unwrap_err()),
            ("remove", fs::remove_file(&path).await.unwrap_err()),
            ("remove folder", fs::remove_dir(&path).await.unwrap_err()),
            ("remove folder", fs::remove_dir_all(&path).await.unwrap_err()),
            ("look at", fs::metadata(&path).await.unwrap_err()),
            ("list folder", fs::read_dir(&path).await.unwrap_err()),
            ("create folder", fs::create_dir(path.join("deep")).await.unwrap_err()),
            ("write", fs::write(path.join("deep"), "").await.unwrap_err()),
        ];
        for (what, error) in errors {
            assert_eq!(error.kind(), ErrorKind::NotFound);
            let begin = format!("cannot {what} \"{named}");
            assert!(error.to_string().starts_with(&begin), "{error}");
        }
    });
}

#[test]
fn the_functions_do_what_those_of_std_do() {
    let folder = tempdir();
    let (one, two) = (folder.join("one"), folder.join("two"));
    run(async {
        fs::write(&one, "text").await.unwrap();
        assert_eq!(fs::read(&one).await.unwrap(), b"text");
        assert_eq!(fs::copy(&one, &two).await.unwrap(), 4);
        assert_eq!(fs::read_to_string(&two).await.unwrap(), "text");
        fs::remove_file(&one).await.unwrap();
        assert!(!fs::exists(&one).await.unwrap());
        fs::rename(&two, &one).await.unwrap();
        assert!(fs::exists(&one).await.unwrap());
        assert_eq!(fs::metadata(&one).await.unwrap().len(), 4);

        let deep = folder.join("a/b");
        assert_eq!(fs::create_dir(&deep).await.unwrap_err().kind(), ErrorKind::NotFound);
        fs::create_dir_all(&deep).await.unwrap();
        assert_eq!(fs::create_dir(&deep).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
        let full = fs::remove_dir(folder.join("a")).await.unwrap_err();
        assert_eq!(full.kind(), ErrorKind::DirectoryNotEmpty);
        fs::remove_dir(&deep).await.unwrap();
        fs::create_dir(&deep).await.unwrap();
        fs::remove_dir_all(folder.join("a")).await.unwrap();
        assert!(!fs::exists(&deep).await.unwrap());
    });
}

#[test]
fn a_folder_is_listed_in_the_order_of_the_names() {
    let folder = tempdir();
    for name in ["b", "c", "a"] {
        blocking::write(folder.join(name), "").unwrap();
    }
    blocking::create_dir(folder.join("d")).unwrap();
    let entries = run(fs::read_dir(&*folder)).unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry.file_name().to_str().unwrap()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    assert_eq!(entries[0].path(), folder.join("a"));
    let folders: Vec<_> = entries.iter().map(|entry| entry.file_type().is_dir()).collect();
    assert_eq!(folders, [false, false, false, true]);
}

#[test]
fn text_that_is_not_utf_8_is_an_error_and_the_next_line_can_be_read() {
    let folder = tempdir();
    let path = folder.join("latin");
    blocking::write(&path, b"caf\xe9\nok\n").unwrap();
    run(async {
        let error = fs::read_to_string(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let mut file = fs::open(&path).await.unwrap();
        let error = file.next_line().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().starts_with("cannot read \""), "{error}");
        assert_eq!(file.next_line().await.unwrap().unwrap(), "ok");
    });
}

#[test]
fn a_file_that_is_copied_onto_itself_stays_as_it_is_and_that_is_an_error() {
    let folder = tempdir();
    let file = folder.file("text");
    let mut ways = vec![(file.clone(), file.clone()), (file.clone(), folder.join("./test.txt"))];
    let hard = folder.join("hard");
    blocking::hard_link(&file, &hard).unwrap();
    ways.extend([(file.clone(), hard.clone()), (hard, file.clone())]);
    #[cfg(unix)]
    {
        let soft = folder.join("soft");
        std::os::unix::fs::symlink("test.txt", &soft).unwrap();
        ways.extend([
            (file.clone(), soft.clone()),
            (soft.clone(), file.clone()),
            (soft.clone(), soft),
        ]);
    }
    for (from, to) in ways {
        let error = run(fs::copy(&from, &to)).unwrap_err();
        let named = format!("cannot copy \"{}\" to \"{}\": ", from.display(), to.display());
        assert!(error.to_string().starts_with(&named), "{error}");
        #[cfg(unix)]
        assert_eq!(error.to_string(), format!("{named}they are the same file"));
        assert_eq!(blocking::read_to_string(&file).unwrap(), "text");
    }
}

#[test]
fn a_file_that_is_renamed_to_its_own_name_stays() {
    let folder = tempdir();
    let file = folder.file("text");
    run(fs::rename(&file, &file)).unwrap();
    assert_eq!(blocking::read_to_string(&file).unwrap(), "text");
    #[cfg(unix)]
    {
        let hard = folder.join("hard");
        blocking::hard_link(&file, &hard).unwrap();
        run(fs::rename(&file, &hard)).unwrap();
        assert_eq!(blocking::read_to_string(&file).unwrap(), "text");
        assert_eq!(blocking::read_to_string(&hard).unwrap(), "text");
    }
}

/// A link that leads to itself leads to no file.
#[cfg(unix)]
#[test]
fn a_copy_from_or_to_a_link_in_a_circle_is_an_error() {
    let folder = tempdir();
    let (file, circle) = (folder.file("text"), folder.join("circle"));
    std::os::unix::fs::symlink("circle", &circle).unwrap();
    run(async {
        fs::copy(&circle, &file).await.unwrap_err();
        fs::copy(&file, &circle).await.unwrap_err();
        fs::copy(&circle, &circle).await.unwrap_err();
        fs::write(&circle, "x").await.unwrap_err();
    });
    assert_eq!(blocking::read_to_string(&file).unwrap(), "text");
}

#[test]
fn a_copy_from_what_cannot_be_read_leaves_the_other_as_it_was() {
    let folder = tempdir();
    let file = folder.file("text");
    run(async {
        fs::copy(folder.join("missing"), &file).await.unwrap_err();
        fs::copy(&*folder, &file).await.unwrap_err();
    });
    assert_eq!(blocking::read_to_string(&file).unwrap(), "text");
}
