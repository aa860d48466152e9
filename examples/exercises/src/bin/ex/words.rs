//! What `cargo ex` says, in both languages.

use std::{io, path::Path, time::Duration};

use crate::{course::Exercise, language::Language};

const USAGE: [&str; 2] = [
    "\
usage: cargo ex                 the exercises, and which of them are solved
       cargo ex N               checks your answer to exercise N
       cargo ex next            the same for the first that is not solved
       cargo ex watch [N]       checks again whenever you save the file
       cargo ex N --hint        shows the next hint
       cargo ex N --story       checks, and tells all that your answer has done
       cargo ex N --html FILE   checks, and draws it as a timeline
       cargo ex reset N         back to the first state; what you have written is kept beside it
       cargo ex doctor          is this machine ready for the course?

for teachers:
       cargo ex export DIR      makes a repository for a class, without solutions, that builds offline
                                (--no-vendor: without the sources of the packages)
       cargo ex grade DIR...    checks the answers of all students: grades.csv, grades.json

each takes --lang en or --lang zh; without it, the locale decides",
    "\
用法：cargo ex                 练习列表，哪些已经通过
      cargo ex N               检查练习 N 的答案
      cargo ex next            检查第一个还没有通过的练习
      cargo ex watch [N]       每次保存文件后自动重新检查
      cargo ex N --hint        显示下一条提示
      cargo ex N --story       检查，并讲出你的答案做过的每件事
      cargo ex N --html FILE   检查，并画成时间线
      cargo ex reset N         恢复到最初的样子；你写的内容保存在旁边
      cargo ex doctor          这台机器准备好上课了吗？

教师用：
      cargo ex export DIR      生成给班级用的仓库：没有答案，可以离线编译
                               （--no-vendor：不带依赖包的源代码）
      cargo ex grade DIR...    检查所有学生的答案，写入 grades.csv 和 grades.json

都可以加上 --lang en 或 --lang zh；不加则跟随系统语言",
];

impl Language {
    /// The one of the two texts that is in this language.
    fn of<T>(self, [english, chinese]: [T; 2]) -> T {
        match self {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    pub fn usage(self) -> &'static str {
        self.of(USAGE)
    }

    pub fn misunderstood(self, word: &str) -> String {
        let lang = self.option();
        self.of([
            format!(
                "\"{word}\" is not a known word here; cargo ex --help{lang} lists the commands"
            ),
            format!("这里看不懂 \"{word}\"；cargo ex --help{lang} 列出可用的命令"),
        ])
    }

    /// What must follow this word: a number, a folder or a file.
    pub fn lacks(self, word: &str) -> String {
        let (en, zh) = match word {
            "reset" => ("the number of an exercise", "练习的编号"),
            "export" | "grade" => ("a folder", "文件夹"),
            "--lang" => ("en or zh", "en 或 zh"),
            "--html" => ("a file", "文件名"),
            _ => ("the number of an exercise before it", "练习的编号（写在前面）"),
        };
        let lang = self.option();
        self.of([
            format!("\"{word}\" needs {en}; cargo ex --help{lang} shows how"),
            format!("\"{word}\" 还缺少{zh}；用法见 cargo ex --help{lang}"),
        ])
    }

    pub fn no_such_exercise(self, number: u32, most: usize) -> String {
        self.of([
            format!("there is no exercise {number}: they have the numbers 1 to {most}"),
            format!("没有练习 {number}：编号是 1 到 {most}"),
        ])
    }
}

/// The way through the course.
impl Language {
    pub fn in_the_list(self, exercise: &Exercise) -> String {
        let (title, minutes) = (exercise.title(self), exercise.minutes());
        self.of([format!("{title} ({minutes} min)"), format!("{title}（{minutes} 分钟）")])
    }

    pub fn bar(self, solved: usize, all: usize) -> String {
        let bar = "█".repeat(solved) + &"░".repeat(all - solved);
        self.of([
            format!("{bar} {solved} of {all} solved"),
            format!("{bar} 共 {all} 题，已通过 {solved} 题"),
        ])
    }

    pub fn how_to_go_on(self, all_solved: bool, edited: usize) -> String {
        let edited = match edited {
            0 => "",
            _ => self.of([
                "~ was right, and has been edited since: check it again.\n",
                "~ 曾经通过，之后又改过：请重新检查。\n",
            ]),
        };
        let lang = self.option();
        let next = match all_solved {
            true => self.all_solved().to_string(),
            false => self.of([
                format!("cargo ex next{lang} checks the first that is not solved; cargo ex --help{lang} says what else there is."),
                format!("cargo ex next{lang} 检查第一个还没有通过的练习；cargo ex --help{lang} 列出其他用法。"),
            ]),
        };
        format!("{edited}{next}")
    }

    pub fn hints_left(self, number: usize, all: usize) -> String {
        match number == all {
            true => self.of([
                format!("hint {number} of {all}: this is the last one; the next call begins again"),
                format!("提示 {number}/{all}：这是最后一条，再往下会从头开始"),
            ]),
            false => self.of([
                format!("hint {number} of {all}; the same command shows the next one"),
                format!("提示 {number}/{all}：再执行一次同样的命令，会显示下一条"),
            ]),
        }
    }

    pub fn does_not_compile(self, answer: &Path) -> String {
        let answer = answer.display();
        self.of([
            format!("{answer} does not compile yet: nothing was checked"),
            format!("{answer} 还不能编译，没有进行检查"),
        ])
    }

    pub fn was_right_before(self) -> &'static str {
        self.of([
            "this exercise was solved before; the answer has been edited since.",
            "这道练习以前通过过，之后答案又改过。",
        ])
    }

    /// `told`: is there more to show of what the answer has done?
    pub fn ask_for_hint(self, number: u32, answer: &Path, told: bool) -> String {
        let answer = answer.display();
        let lang = self.option();
        let story = match (told, self) {
            (false, _) => String::new(),
            (true, Language::English) => format!("\nwhat it did: cargo ex {number} --story{lang}"),
            (true, Language::Chinese) => format!("\n经过：cargo ex {number} --story{lang}"),
        };
        self.of([
            format!(
                "not solved yet.\nthe task:    docs/course/ex{number:02}.md\nyour answer: {answer}\n\
                 a hint:      cargo ex {number} --hint{lang}{story}"
            ),
            format!(
                "还没有通过。\n题目：docs/course/zh/ex{number:02}.md\n答案：{answer}\n\
                 提示：cargo ex {number} --hint{lang}{story}"
            ),
        ])
    }

    pub fn can_do_now(self, exercise: &Exercise) -> String {
        let able = exercise.able(self);
        self.of([format!("Now you can {able}"), format!("现在你会{able}")])
    }

    pub fn goes_on_with(self, next: &Exercise) -> String {
        let (title, n, page) = (next.title(self), next.number, next.page());
        let lang = self.option();
        self.of([
            format!("next: {title}\nread before it: docs/{page}\nthe task: docs/course/ex{n:02}.md; cargo ex {n}{lang}"),
            format!("下一题：{title}\n先读：docs/zh/{page}\n题目：docs/course/zh/ex{n:02}.md；cargo ex {n}{lang}"),
        ])
    }

    pub fn all_solved(self) -> &'static str {
        self.of([
            "All 15 are solved. Futures, wakers, an executor, timers, a reactor, threads: you have written each part of an \
             async runtime yourself.\nOpen src/runtime/ now: you will recognise it. Then docs/to-tokio.md shows where each \
             part is in tokio, and docs/architecture.md says what this project does differently, and why.",
            "15 道练习全部通过。Future、唤醒器、执行器、定时器、反应器、线程：异步运行时的每个部分，你都自己写过了。\n\
             现在打开 src/runtime/，你会认得它。然后读 docs/zh/to-tokio.md，看每个部分在 tokio 里对应什么；\
             docs/architecture.md（英文）说明这个项目哪里做法不同，以及为什么。",
        ])
    }

    pub fn watches(self, exercise: &Exercise) -> String {
        let (title, answer) = (exercise.title(self), exercise.answer());
        let answer = answer.display();
        self.of([
            format!("{title}\nwatching {answer}: save it, and it is checked. Ctrl-C ends this."),
            format!("{title}\n正在监视 {answer}：保存后自动检查。按 Ctrl-C 结束。"),
        ])
    }

    pub fn is_beginning(self) -> &'static str {
        self.of([
            "the answer is in its first state already: nothing to reset",
            "答案还是最初的样子，不需要恢复",
        ])
    }

    pub fn was_put_back(self, kept: Option<&Path>) -> String {
        match kept.map(Path::display) {
            Some(kept) => self.of([
                format!(
                    "the answer is in its first state again; what you have written is in {kept}"
                ),
                format!("已恢复到最初的样子；你写的内容保存在 {kept}"),
            ]),
            None => self.of([
                "the answer is in its first state again".to_string(),
                "已恢复到最初的样子".to_string(),
            ]),
        }
    }
}

/// What the doctor says: where it is well, and where it is not.
impl Language {
    pub fn compiler(self, minor: u32) -> [String; 2] {
        self.of([
            [
                format!("rustc is 1.{minor} or later"),
                format!("rustc is older than 1.{minor}, or is not found: `rustup update stable`"),
            ],
            [
                format!("rustc 的版本不低于 1.{minor}"),
                format!("rustc 的版本低于 1.{minor}，或者没有找到：请执行 `rustup update stable`"),
            ],
        ])
    }

    pub fn builds_offline(self) -> [String; 2] {
        let texts = [
            [
                "the exercises build without a network",
                "the exercises do not build without a network yet: run `cargo build -p exercises` once, with a network",
            ],
            [
                "练习可以离线编译",
                "练习还不能离线编译：请在有网络时执行一次 `cargo build -p exercises`",
            ],
        ];
        self.of(texts).map(str::to_string)
    }

    pub fn has_utf8(self) -> [String; 2] {
        let texts = [
            [
                "the terminal shows UTF-8: stories have their signs",
                "the locale is not UTF-8: stories are in plain ASCII. `export LANG=C.UTF-8` changes that; \
                 on Windows use Windows Terminal",
            ],
            [
                "终端使用 UTF-8：记录里的符号可以正常显示",
                "系统语言环境不是 UTF-8：记录只用 ASCII 字符。可以执行 `export LANG=C.UTF-8`；在 Windows 上请用 Windows Terminal",
            ],
        ];
        self.of(texts).map(str::to_string)
    }

    pub fn has_browser(self) -> [String; 2] {
        let texts = [
            [
                "there is a browser for the timelines",
                "no browser was found: the timelines are files, and can be opened on another machine",
            ],
            ["有浏览器，可以看时间线", "没有找到浏览器：时间线是文件，可以拿到别的机器上打开"],
        ];
        self.of(texts).map(str::to_string)
    }
}

/// The words for a teacher.
impl Language {
    pub fn is_not_empty(self, folder: &Path) -> String {
        let folder = folder.display();
        self.of([
            format!("{folder} is not empty: name a folder that does not exist yet"),
            format!("{folder} 不是空的：请给一个还不存在的文件夹"),
        ])
    }

    pub fn could_not_vendor(self, said: &str) -> String {
        let said = said.trim();
        self.of([
            format!(
                "`cargo vendor` could not get the sources of the packages. It needs a network, once; or use --no-vendor.\n{said}"
            ),
            format!("`cargo vendor` 没有拿到依赖包的源代码。它需要联网一次；也可以用 --no-vendor。\n{said}"),
        ])
    }

    pub fn was_exported(self, folder: &Path) -> String {
        let folder = folder.display();
        self.of([
            format!(
                "{folder} is ready. Try it there, with the network off: cargo ex doctor, then cargo ex 1.\n\
                 The tests for GitHub Classroom are in .github/classroom/autograding.json."
            ),
            format!(
                "{folder} 已经生成。请断开网络，在那里试一下：cargo ex doctor，然后 cargo ex 1。\n\
                 GitHub Classroom 的测试在 .github/classroom/autograding.json。"
            ),
        ])
    }

    pub fn no_such_folder(self, folder: &Path, error: &io::Error) -> String {
        let folder = folder.display();
        self.of([format!("cannot open {folder}: {error}"), format!("打不开 {folder}：{error}")])
    }

    pub fn no_answers_in(self, folder: &Path) -> String {
        let folder = folder.display();
        self.of([
            format!(
                "there are no answers in {folder}: give a student's class repository, a folder of those, or a folder with \
                 ex01.rs, ex02.rs, …"
            ),
            format!("{folder} 里没有答案：请给出学生的班级仓库、装有多个仓库的文件夹，或者装有 ex01.rs、ex02.rs……的文件夹"),
        ])
    }

    pub fn two_of(self, name: &str) -> String {
        self.of([
            format!("two folders have the name {name}: the table needs one name for each student"),
            format!("有两个文件夹都叫 {name}：成绩表按名字区分学生"),
        ])
    }

    pub fn how_isolated(self, is_isolated: bool) -> &'static str {
        match is_isolated {
            true => self.of([
                "isolated by bwrap: an answer sees no network and no other process, and writes nowhere",
                "用 bwrap 隔离：答案看不到网络和其他进程，也不能写文件",
            ]),
            false => self.of([
                "not isolated: there is no bwrap here, or it may not be used. The answers run with your rights: read them \
                 first, or use a machine where they can do no harm",
                "没有隔离：这里没有 bwrap，或者不允许使用。答案以你的身份运行：请先读一遍，或者换一台不怕出事的机器",
            ]),
        }
    }

    pub fn summary_begins(self, students: usize) -> String {
        self.of([
            format!("students: {students}\nexercise   solved   the commonest mistake\n"),
            format!("{students} 名学生\n练习   通过   最常见的错误\n"),
        ])
    }

    pub fn summary_of(
        self,
        number: u32,
        solved: usize,
        all: usize,
        mistake: Option<(&str, usize, &str)>,
    ) -> String {
        let mistake = mistake.map_or(String::new(), |(id, times, told)| {
            format!("{id} ×{times}: {}", shortened(told))
        });
        format!("{number:>8}   {solved:>3}/{all:<3}  {mistake}\n")
    }

    pub fn was_graded(self, answers: usize, took: Duration, csv: &str, json: &str) -> String {
        let seconds = took.as_secs();
        self.of([
            format!("{answers} answers in {seconds} s: {csv}, {json}"),
            format!("{answers} 份答案，用时 {seconds} 秒：{csv}、{json}"),
        ])
    }
}

/// As much of a sentence as stands in a line.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(90) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
