//! INI files in the dialect of Python's `configparser.RawConfigParser`, with which botocore reads
//! its files.
//!
//! `aws-runtime`'s parser reads another dialect: it merges duplicates, which Python refuses,
//! removes comments at the ends of values, and supports neither `:` nor `[DEFAULT]`. It is also
//! asynchronous.

use std::collections::HashSet;

/// Sections with their options, both in the order of the file. The names of options are in lower
/// case.
pub(crate) type Sections = Vec<(String, Vec<(String, String)>)>;

const DEFAULT: &str = "DEFAULT";

/// Parses the text of a file. The error gives the number of the faulty line and the reason; it
/// never quotes the line, which may hold a secret.
pub(crate) fn parse(text: &str) -> Result<Sections, String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut parser = Parser::default();
    for (number, line) in text.lines().enumerate() {
        parser.line(line).map_err(|error| format!("line {}: {error}", number + 1))?;
    }
    Ok(parser.finish())
}

#[derive(Default)]
struct Parser {
    sections: Vec<Section>,
    /// The index of the section that is being read.
    current: Option<usize>,
    /// Whether an option of this section was read. A line with a deeper indent continues the
    /// option.
    in_option: bool,
    indent: usize,
    seen: HashSet<(String, String)>,
}

struct Section {
    name: String,
    options: Vec<(String, String)>,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let value = line.trim();
        if value.is_empty() {
            if let Some(option) = self.option() {
                option.push('\n');
            }
            return Ok(());
        }
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.chars().take_while(|character| character.is_whitespace()).count();
        if indent > self.indent
            && let Some(option) = self.option()
        {
            option.push('\n');
            option.push_str(value);
            return Ok(());
        }
        self.indent = indent;
        match header(value) {
            Some(name) => self.start_section(name),
            None => self.start_option(value),
        }
    }

    fn start_section(&mut self, name: &str) -> Result<(), &'static str> {
        self.in_option = false;
        let index = self.sections.iter().position(|section| section.name == name);
        if index.is_some() && name != DEFAULT {
            return Err("the section occurs twice");
        }
        self.current = Some(index.unwrap_or(self.sections.len()));
        if index.is_none() {
            self.sections.push(Section { name: name.to_owned(), options: Vec::new() });
        }
        Ok(())
    }

    fn start_option(&mut self, line: &str) -> Result<(), &'static str> {
        let section = self.current.and_then(|current| self.sections.get_mut(current));
        let section = section.ok_or("no section header precedes the option")?;
        let (name, value) = line.split_once(['=', ':']).ok_or("the line has neither = nor :")?;
        let name = name.trim_end().to_lowercase();
        if name.is_empty() {
            return Err("the option has no name");
        }
        if !self.seen.insert((section.name.clone(), name.clone())) {
            return Err("the option occurs twice");
        }
        section.options.push((name, value.trim().to_owned()));
        self.in_option = true;
        Ok(())
    }

    /// The value of the option that the next line may continue.
    fn option(&mut self) -> Option<&mut String> {
        let section = self.sections.get_mut(self.current.filter(|_| self.in_option)?)?;
        section.options.last_mut().map(|(_, value)| value)
    }

    fn finish(self) -> Sections {
        let trimmed = |options: Vec<(String, String)>| -> Vec<(String, String)> {
            options.into_iter().map(|(name, value)| (name, value.trim_end().to_owned())).collect()
        };
        let mut defaults = Vec::new();
        let mut sections: Sections = Vec::new();
        for section in self.sections {
            if section.name == DEFAULT {
                defaults = trimmed(section.options);
            } else {
                sections.push((section.name, trimmed(section.options)));
            }
        }
        for (_, options) in &mut sections {
            for (name, value) in &defaults {
                if !options.iter().any(|(own, _)| own == name) {
                    options.push((name.clone(), value.clone()));
                }
            }
        }
        sections
    }
}

/// The name in `[name]`. Text after the last bracket is ignored.
fn header(value: &str) -> Option<&str> {
    let name = value.strip_prefix('[')?.rsplit_once(']')?.0;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str, section: &str) -> Vec<(String, String)> {
        let sections = parse(text).unwrap();
        sections.into_iter().find(|(name, _)| name == section).unwrap().1
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_comment_after_a_value_belongs_to_the_value() {
        let text = "# top\n[a] trailing\nKey = one # two\nb: 3\r\n; no\nc = x = y\n";
        assert_eq!(options(text, "a"), pairs(&[("key", "one # two"), ("b", "3"), ("c", "x = y")]));
    }

    #[test]
    fn deeper_lines_continue_a_value() {
        let text = "[a]\nnested =\n  x = 1\n\n  # no\n  y = 2\n\nb = 1\n";
        let expected = pairs(&[("nested", "\nx = 1\n\ny = 2"), ("b", "1")]);
        assert_eq!(options(text, "a"), expected);
    }

    #[test]
    fn an_indented_section_may_have_options_with_the_same_indent() {
        assert_eq!(options("  [a]\n  x = 1\n  y = 2", "a"), pairs(&[("x", "1"), ("y", "2")]));
    }

    #[test]
    fn defaults_are_in_every_section() {
        let text = "[DEFAULT]\nx = 0\ny = 0\n[a]\nx = 1\n";
        assert_eq!(options(text, "a"), pairs(&[("x", "1"), ("y", "0")]));
    }

    #[test]
    fn errors_name_the_line_and_do_not_quote_it() {
        for (text, line) in [
            ("secret = 1", 1),
            ("[a]\nsecret", 2),
            ("[a]\n= secret", 2),
            ("[a]\nx = 1\n[a]", 3),
            ("[a]\nx = 1\nX = secret", 3),
            ("[a", 1),
            ("[]", 1),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(&format!("line {line}: ")), "{text:?}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
