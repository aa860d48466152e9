//! What `cargo ex` says, in both languages.

use std::path::Path;

use crate::language::Language;

impl Language {
    /// Does this section of an exercise's text hold a hint?
    pub fn is_hint(self, section: &str) -> bool {
        section.starts_with("Hint") || section.starts_with("提示")
    }

    pub fn solved_of(self, solved: usize, all: usize) -> String {
        match self {
            Language::English => format!("{solved} of {all} solved. cargo ex N checks exercise N."),
            Language::Chinese => {
                format!("共 {all} 题，已通过 {solved} 题。cargo ex N 检查第 N 题。")
            }
        }
    }

    pub fn does_not_compile(self, answer: &Path) -> String {
        let answer = answer.display();
        match self {
            Language::English => format!("{answer} does not compile yet: nothing was checked"),
            Language::Chinese => format!("{answer} 还不能编译，没有进行检查"),
        }
    }

    pub fn ask_for_hint(self, number: u32, answer: &Path) -> String {
        let answer = answer.display();
        match self {
            Language::English => format!(
                "not solved yet.\nthe task:    docs/course/ex{number:02}.md\nyour answer: {answer}\n\
                 a hint:      cargo ex {number} --hint"
            ),
            Language::Chinese => format!(
                "还没有通过。\n题目：docs/course/zh/ex{number:02}.md\n答案：{answer}\n提示：cargo ex {number} --hint"
            ),
        }
    }

    pub fn is_beginning(self) -> &'static str {
        match self {
            Language::English => {
                "the answer is as it was at the beginning: there is nothing to put back"
            }
            Language::Chinese => "答案还是最初的样子，不需要恢复",
        }
    }

    pub fn was_put_back(self, kept: &Path) -> String {
        let kept = kept.display();
        match self {
            Language::English => {
                format!("the beginning is back; what you have written is in {kept}")
            }
            Language::Chinese => format!("已恢复到最初的样子；你写的内容保存在 {kept}"),
        }
    }
}
