//! Faults and doubts about the configuration, shown in its text.
//!
//! The first line of each is the message alone, in csync2's words where it has some. The place
//! follows: file, line, column, the line itself, what was expected there, and help.
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use csync3_core::config::{ConfigErrors, Diagnostic, SourceText};
use std::ops::Range;

/// Whether text may be colored: only on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// With escape sequences.
    Always,
    /// Plain text.
    Never,
}

/// All faults of a configuration that cannot be used.
#[must_use]
pub fn faults(errors: &ConfigErrors, color: Color) -> String {
    let each = errors.diagnostics.iter();
    each.map(|fault| render(fault, &errors.texts, &Level::ERROR.no_name(), color)).collect()
}

/// The doubts about a configuration that can be used.
#[must_use]
pub fn warnings(warnings: &[Diagnostic], texts: &[SourceText], color: Color) -> String {
    let each = warnings.iter();
    each.map(|doubt| render(doubt, texts, &Level::WARNING, color)).collect()
}

/// One diagnostic, with a line feed at its end.
fn render(
    diagnostic: &Diagnostic,
    texts: &[SourceText],
    level: &Level<'_>,
    color: Color,
) -> String {
    let title = level.clone().primary_title(&*diagnostic.message);
    let text = texts.get(diagnostic.source());
    let mut group = match text.and_then(|text| place(diagnostic, text)) {
        Some(place) => title.element(place),
        None => Group::with_title(title),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(&**help));
    }
    let renderer = match color {
        Color::Always => Renderer::styled(),
        Color::Never => Renderer::plain(),
    };
    format!("{}\n", renderer.render(&[group]))
}

/// The place of a diagnostic: the line in its file. If there is no text the file alone, unless the
/// message names it.
fn place<'a>(diagnostic: &'a Diagnostic, text: &SourceText) -> Option<Element<'a>> {
    let path = text.path.display().to_string();
    if text.text.is_empty() {
        let told = diagnostic.message.contains(&path);
        return (!told).then(|| Origin::path(path).into());
    }
    let (source, span) = as_text(&text.text, diagnostic.range());
    let mark = AnnotationKind::Primary.span(span);
    let mark = if diagnostic.label.is_empty() { mark } else { mark.label(&*diagnostic.label) };
    Some(Snippet::source(source).path(path).annotation(mark).into())
}

/// Bytes as text with the same range in it, even where the bytes are not UTF-8.
fn as_text(bytes: &[u8], range: Range<usize>) -> (String, Range<usize>) {
    let start = range.start.min(bytes.len());
    let end = range.end.clamp(start, bytes.len());
    let mut text = String::from_utf8_lossy(&bytes[..start]).into_owned();
    let from = text.len();
    text.push_str(&String::from_utf8_lossy(&bytes[start..end]));
    let to = text.len();
    text.push_str(&String::from_utf8_lossy(&bytes[end..]));
    (text, from..to)
}

#[cfg(test)]
mod tests;
