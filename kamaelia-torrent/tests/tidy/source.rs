//! Just enough of Rust to know which paths a file mentions in its code.

use std::path::Path;

/// A source file without its comments, strings and test code.
pub(crate) struct Source {
    /// Below `src`, with slashes.
    shown: String,
    /// The way to the module from the root of the crate.
    module: Vec<String>,
    tokens: Vec<Token>,
    test_modules: Vec<String>,
}

/// A path that the code mentions, such as `std::time::Instant`, imports in braces spelled out.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    line: usize,
    segments: Vec<String>,
    /// What stands in front of it, and right behind.
    before: Option<String>,
    behind: Vec<String>,
}

#[derive(Clone, Debug)]
struct Token {
    line: usize,
    text: String,
}

impl Source {
    pub(crate) fn new(below_src: &Path, text: &str) -> Self {
        let mut tokens = tokens(&code(text));
        let test_modules = take_test_code(&mut tokens);
        let mut module: Vec<String> = below_src
            .with_extension("")
            .iter()
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        if module.last().is_some_and(|name| name == "mod") {
            module.pop();
        }
        Source {
            shown: below_src.display().to_string().replace('\\', "/"),
            module,
            tokens,
            test_modules,
        }
    }

    pub(crate) fn module(&self) -> &[String] {
        &self.module
    }

    /// Modules that this file declares for tests only, in files of their own.
    pub(crate) fn test_modules(&self) -> Vec<Vec<String>> {
        self.test_modules
            .iter()
            .map(|name| [self.module.as_slice(), std::slice::from_ref(name)].concat())
            .collect()
    }

    pub(crate) fn place(&self, mention: &Mention) -> String {
        format!("src/{}:{}", self.shown, mention.line)
    }

    /// Every path in the code, in order.
    pub(crate) fn mentions(&self) -> Vec<Mention> {
        let mut mentions = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            if is_word(&self.tokens[at].text) {
                let before = at.checked_sub(1).map(|i| self.tokens[i].text.clone());
                at = self.read_path(at, &[], before.as_deref(), &mut mentions);
            } else {
                at += 1;
            }
        }
        mentions
    }

    /// The first module of this crate that a path goes to, if it names one.
    pub(crate) fn resolve(&self, mention: &Mention) -> Option<String> {
        let supers = mention.segments.iter().take_while(|segment| *segment == "super").count();
        let rest = &mention.segments[supers..];
        if supers > 0 {
            let left = self.module.len().saturating_sub(supers);
            return self.module[..left].first().or(rest.first()).cloned();
        }
        match mention.segments.first()?.as_str() {
            "crate" | "kamaelia_torrent" => mention.segments.get(1).cloned(),
            _ => None,
        }
    }

    /// Reads one path from `at` on, with what an import put in front of it; gives the next place.
    fn read_path(
        &self,
        at: usize,
        prefix: &[String],
        before: Option<&str>,
        mentions: &mut Vec<Mention>,
    ) -> usize {
        let line = self.tokens[at].line;
        let mut segments = prefix.to_vec();
        segments.push(self.tokens[at].text.clone());
        let mut next = at + 1;
        while self.text(next) == "::" {
            match self.text(next + 1) {
                "{" => return self.read_group(next + 2, &segments, mentions),
                word if is_word(word) || word == "*" => {
                    segments.push(word.to_owned());
                    next += 2;
                }
                _ => break,
            }
        }
        mentions.push(Mention {
            line,
            segments,
            before: before.map(str::to_owned),
            behind: (next..next + 2).map(|i| self.text(i).to_owned()).collect(),
        });
        next
    }

    fn read_group(&self, mut at: usize, prefix: &[String], mentions: &mut Vec<Mention>) -> usize {
        while at < self.tokens.len() && self.text(at) != "}" {
            if is_word(self.text(at)) || self.text(at) == "*" {
                at = self.read_path(at, prefix, None, mentions);
            } else {
                at += 1;
            }
        }
        at + 1
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }
}

impl Mention {
    pub(crate) fn path(&self) -> String {
        self.segments.join("::")
    }

    /// Whether it is what a rule speaks of. `a::b` is found anywhere in a path; a word by itself
    /// only as a crate, a type or an imported module, so that values may have the name; `a::*`
    /// is anything of module `a`; `a::fn` a function of crate `a`; `.a()` a call without
    /// arguments; `a!` a macro.
    pub(crate) fn matches(&self, rule: &str) -> bool {
        if let Some(method) = rule.strip_prefix('.') {
            let call = self.before.as_deref() == Some(".") && self.behind == ["(", ")"];
            return call && [self.path(), "()".into()].concat() == method;
        }
        if self.before.as_deref() == Some(".") {
            return false;
        }
        if let Some(name) = rule.strip_suffix('!') {
            return self.path() == name && self.behind[0] == "!";
        }
        if let Some(module) = rule.strip_suffix("::*") {
            return self.segments.len() > 1 && self.segments[0] == module;
        }
        if let Some(name) = rule.strip_suffix("::fn") {
            let function = |text: &String| text.starts_with(|c: char| c.is_lowercase() || c == '*');
            return self.segments[0] == name && self.segments.get(1).is_some_and(function);
        }
        let words: Vec<&str> = rule.split("::").collect();
        let found = self.segments.windows(words.len()).any(|part| part == words);
        let is_type = rule.starts_with(char::is_uppercase);
        found && (is_type || words.len() > 1 || self.segments.len() > 1 || self.is_import())
    }

    fn is_import(&self) -> bool {
        matches!(self.before.as_deref(), Some("use" | "crate"))
    }
}

/// The lines on which a word stands in the code, test code too.
pub(crate) fn lines_with(word: &str, text: &str) -> Vec<usize> {
    let tokens = tokens(&code(text)).into_iter();
    tokens.filter(|token| token.text == word).map(|token| token.line).collect()
}

/// The text with comments, strings and characters blanked, every line where it was.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped(rest, code.chars().next_back());
        if skipped > 0 {
            code.extend(rest[..skipped].chars().filter(|c| *c == '\n'));
            code.push(' ');
            rest = &rest[skipped..];
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    code
}

/// Bytes at the start of the text that are not code.
fn skipped(text: &str, before: Option<char>) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    if let Some(rest) = text.strip_prefix('"') {
        return 1 + quoted(rest, '"');
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    match raw_string(text) {
        Some(length) if !in_word => return length,
        _ => {}
    }
    if let Some(rest) = text.strip_prefix('\'') {
        let mut letters = rest.chars();
        // `'a'` and `'\n'` are characters, `'a` is a lifetime.
        if letters.next() == Some('\\') || letters.next() == Some('\'') {
            return 1 + quoted(rest, '\'');
        }
    }
    0
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Up to and with the closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of `r"…"` or `br#"…"#` at the start of the text.
fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.chars().take_while(|c| *c == '#').count();
    let content = body[hashes..].strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes));
    let end = content.find(&closing).map_or(content.len(), |at| at + closing.len());
    Some(text.len() - content.len() + end)
}

/// Words, `::`, and every other character by itself.
fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let length = match word.unwrap_or(rest.len()) {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                length => length,
            };
            tokens.push(Token { line: index + 1, text: rest[..length].to_owned() });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// Takes out every item marked `#[cfg(test)]`; gives the names of modules in files of their own.
fn take_test_code(tokens: &mut Vec<Token>) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut modules = Vec::new();
    let marked = |part: &[Token]| part.iter().map(|token| &token.text).eq(MARK);
    while let Some(from) = tokens.windows(MARK.len()).position(marked) {
        let end = from + MARK.len() + item_length(&tokens[from + MARK.len()..]);
        if let [.., module, name, last] = &tokens[..end]
            && (module.text.as_str(), last.text.as_str()) == ("mod", ";")
        {
            modules.push(name.text.clone());
        }
        tokens.drain(from..end);
    }
    modules
}

/// An item ends with its braces, or with a semicolon outside of any.
fn item_length(tokens: &[Token]) -> usize {
    let (mut depth, mut braces) = (0usize, false);
    for (index, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" | "(" | "[" => {
                depth += 1;
                braces |= token.text == "{";
            }
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                // An import in braces still has its semicolon.
                let import = tokens.first().is_some_and(|first| first.text == "use");
                if depth == 0 && braces && !import && token.text == "}" {
                    return index + 1;
                }
            }
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
