//! One page of Markdown: its headings, its links and its code.

use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

pub(crate) struct Page {
    /// From the root of the repository.
    pub(crate) path: PathBuf,
    /// Of links and pictures, as they are written.
    pub(crate) links: Vec<String>,
    /// Blocks with their languages.
    pub(crate) code: Vec<(String, String)>,
    anchors: Vec<String>,
}

impl Page {
    pub(crate) fn new(path: PathBuf, text: &str) -> Page {
        let mut page = Page { path, links: Vec::new(), code: Vec::new(), anchors: Vec::new() };
        let mut heading = None;
        let mut in_code = false;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.add_anchor(&heading.take().unwrap_or_default());
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match &kind {
                        CodeBlockKind::Fenced(language) => language,
                        CodeBlockKind::Indented => "",
                    };
                    page.code.push((language.to_owned(), String::new()));
                    in_code = true;
                }
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Text(text) if in_code => {
                    page.code.last_mut().expect("a block was begun").1.push_str(&text);
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    page.links.extend(sources(&html).map(str::to_owned));
                }
                Event::Text(text) | Event::Code(text) => {
                    heading.iter_mut().for_each(|heading| heading.push_str(&text));
                }
                _ => {}
            }
        }
        page
    }

    pub(crate) fn has_anchor(&self, anchor: &str) -> bool {
        self.anchors.iter().any(|known| known == anchor)
    }

    pub(crate) fn has_rust(&self) -> bool {
        self.code.iter().any(|(language, _)| language.split(',').next() == Some("rust"))
    }

    /// Where a link from this page leads, from the root of the repository; nowhere if out of that.
    pub(crate) fn resolve(&self, link: &str) -> Option<PathBuf> {
        if link.is_empty() { Some(self.path.clone()) } else { resolve(&self.path, link) }
    }

    /// A heading as mdBook and the sites that show repositories name it.
    fn add_anchor(&mut self, heading: &str) {
        let kept = |letter: &char| letter.is_alphanumeric() || "-_ ".contains(*letter);
        let name: String = heading
            .trim()
            .to_lowercase()
            .chars()
            .filter(kept)
            .collect::<String>()
            .replace(' ', "-");
        let numbered = (1..).map(|number| format!("{name}-{number}"));
        let free =
            std::iter::once(name.clone()).chain(numbered).find(|name| !self.has_anchor(name));
        self.anchors.extend(free);
    }
}

/// What pictures and links lead to that are written in HTML.
fn sources(html: &str) -> impl Iterator<Item = &str> {
    let after = ["src=\"", "href=\""].into_iter().flat_map(|name| html.split(name).skip(1));
    after.filter_map(|rest| rest.split('"').next())
}

/// Where a path that is written in a file leads, from the root of the repository.
pub(crate) fn resolve(file: &Path, link: &str) -> Option<PathBuf> {
    let mut target = file.parent()?.to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::Normal(name) => target.push(name),
            Component::CurDir => {}
            Component::ParentDir => target.pop().then_some(())?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(target)
}

#[test]
fn links_headings_and_code_are_found_and_what_only_looks_like_them_is_not() {
    let text = "\
# A *first* page: `box()`\n\n## Same\n\n## Same\n\n[a](b.md#c) ![d](e.svg) `[f](g)` [h]\n\n\
<img src=\"m.svg\" width=\"9\">\n\n\
```rust,no_run\nlet x = \"[i](j)\";\n```\n\n[h]: https://k.l\n";
    let page = Page::new("docs/x.md".into(), text);
    assert_eq!(page.links, ["b.md#c", "e.svg", "https://k.l", "m.svg"]);
    assert_eq!(page.anchors, ["a-first-page-box", "same", "same-1"]);
    assert_eq!(page.code, [("rust,no_run".to_owned(), "let x = \"[i](j)\";\n".to_owned())]);
    assert!(page.has_rust());
}

#[test]
fn paths_are_followed_as_far_as_the_root_of_the_repository() {
    let page = Page::new("docs/decisions/x.md".into(), "");
    assert_eq!(page.resolve("../a/./b.md"), Some("docs/a/b.md".into()));
    assert_eq!(page.resolve("../../README.md"), Some("README.md".into()));
    assert_eq!(page.resolve("../../../README.md"), None);
    assert_eq!(page.resolve("/etc/passwd"), None);
    assert_eq!(page.resolve(""), Some("docs/decisions/x.md".into()));
}
