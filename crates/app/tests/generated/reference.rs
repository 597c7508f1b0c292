//! `csync2.cfg(5)` from `docs/config.md`: headings become sections, rows of tables become entries.
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use roff::{Inline, Roff, bold, italic, roman};

/// The manual page of a reference in Markdown.
pub(crate) fn page(markdown: &str, date: &str) -> String {
    let mut page = Page { roff: Roff::new(), ..Page::default() };
    page.roff.control("TH", ["csync2.cfg", "5", date, "csync3", "File Formats Manual"]);
    page.roff.control("SH", ["NAME"]);
    page.roff.text([roman("csync2.cfg - configuration of csync3 and csync2")]);
    page.section("DESCRIPTION");
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.take(event);
    }
    page.section("SEE ALSO");
    page.roff.text([bold("csync3"), roman("(8), "), bold("csync2"), roman("(8)")]);
    page.roff.render()
}

/// How a text is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Face {
    #[default]
    Roman,
    Italic,
    Bold,
}

#[derive(Default)]
struct Page {
    roff: Roff,
    text: Vec<Inline>,
    face: Face,
    /// The heading is not one of the page.
    in_title: bool,
    in_code: bool,
    after_heading: bool,
    in_table_head: bool,
    /// Cells of the row so far.
    cells: usize,
    /// The number of the next entry of a list; `None` within one without numbers.
    lists: Vec<Option<u64>>,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => {
                for line in text.lines() {
                    self.roff.text([roman(line.replace('\t', "    "))]);
                }
            }
            Event::Text(text) => self.push(&text, self.face),
            Event::Code(code) => self.push(&code, Face::Bold),
            Event::SoftBreak | Event::HardBreak => self.push(" ", Face::Roman),
            other => panic!("docs/config.md has something that no page has yet: {other:?}"),
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.in_title = level as usize == 1,
            Tag::Paragraph if self.lists.is_empty() => self.paragraph(),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.in_code = true;
                self.paragraph();
                self.roff.control("RS", ["4"]).control("nf", []);
            }
            Tag::List(first) => self.lists.push(first),
            Tag::Item => self.item(),
            Tag::TableHead => self.in_table_head = true,
            Tag::TableRow => self.cells = 0,
            Tag::Emphasis => self.face = Face::Italic,
            Tag::Strong => self.face = Face::Bold,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                let title = self.plain().to_uppercase();
                if !self.in_title {
                    self.section(&title);
                }
            }
            TagEnd::Paragraph | TagEnd::Item => self.flush(),
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.roff.control("fi", []).control("RE", []);
            }
            TagEnd::List(_) => _ = self.lists.pop(),
            TagEnd::TableHead => {
                self.in_table_head = false;
                self.text.clear();
            }
            TagEnd::TableCell if !self.in_table_head => self.cell(),
            TagEnd::Emphasis | TagEnd::Strong => self.face = Face::Roman,
            _ => {}
        }
    }

    fn section(&mut self, title: &str) {
        self.roff.control("SH", [title]);
        self.after_heading = true;
    }

    /// A heading is a paragraph of its own already.
    fn paragraph(&mut self) {
        if !std::mem::take(&mut self.after_heading) {
            self.roff.control("PP", []);
        }
    }

    /// The first cell of a row is what the row is about.
    fn cell(&mut self) {
        self.after_heading = false;
        if self.cells == 0 {
            self.roff.control("TP", []);
        }
        self.cells += 1;
        self.flush();
    }

    fn item(&mut self) {
        let tag = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}.", *number - 1)
            }
            _ => "-".to_owned(),
        };
        self.roff.control("IP", [&*tag, "3"]);
    }

    fn push(&mut self, text: &str, face: Face) {
        self.text.push(match face {
            Face::Roman => roman(text),
            Face::Italic => italic(text),
            Face::Bold => bold(text),
        });
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.roff.text(text);
        }
    }

    fn plain(&mut self) -> String {
        let parts = std::mem::take(&mut self.text).into_iter().map(|part| match part {
            Inline::Roman(text) | Inline::Italic(text) | Inline::Bold(text) => text,
            Inline::LineBreak => " ".to_owned(),
        });
        parts.collect()
    }
}
