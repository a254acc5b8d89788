//! The manual page: what clap knows of the program, and what it does not.

use std::io::{self, Write};

use clap::{Arg, Command};
use clap_mangen::Man;

use crate::teaching;

/// The sections that clap does not know of, and each entry with what is to be said of it.
const SECTIONS: [(&str, &[(&str, &str)]); 3] = [
    (
        "EXIT STATUS",
        &[
            ("0", "Everything was done."),
            ("1", "Something failed or was not finished."),
            ("2", "It was told wrongly, and has done nothing."),
            ("129, 130, 143", "A second signal ended it at once."),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            (
                "SEEDER_DIR, SEEDER_MAX_UP, ...",
                "Each option, as SEEDER_ and its name. The command \
              line counts before them, and they before the file.",
            ),
            ("SEEDER_CONFIG", "The file of settings, as --config names it."),
            ("RUST_LOG", "What is logged in every detail."),
            ("NO_COLOR, CLICOLOR, CLICOLOR_FORCE", "Whether there are colours."),
            ("XDG_CONFIG_HOME, XDG_STATE_HOME", "Where the files below are."),
        ],
    ),
    (
        "FILES",
        &[
            ("~/.config/seeder/config.toml", "Settings, one a line, such as max-up = \"500K\"."),
            ("~/.local/state/seeder", "What --state keeps if it names no directory."),
            ("~/.local/state/seeder/log", "What --log-file writes if it names no file."),
        ],
    ),
];

/// Writes the page of this command.
pub(crate) fn write(command: Command, page: &mut impl Write) -> io::Result<()> {
    let synopsis = synopsis(&command);
    let man = Man::new(command.override_usage(synopsis));
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    man.render_subcommands_section(page)?;
    for (title, entries) in SECTIONS {
        writeln!(page, ".SH \"{title}\"")?;
        for (entry, text) in entries {
            writeln!(page, ".TP\n{}\n{}", escaped(entry), escaped(text))?;
        }
    }
    writeln!(page, ".SH EXAMPLES\n.nf\n{}\n.fi", escaped(teaching::EXAMPLES.trim_matches('\n')))?;
    man.render_version_section(page)
}

/// Each way to call it, with every option and the name of its value.
fn synopsis(command: &Command) -> String {
    let options = command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(option);
    let options: Vec<_> = options.collect();
    format!("seeder {}\nseeder completions SHELL\nseeder man", options.join(" "))
}

fn option(arg: &Arg) -> Option<String> {
    let name = arg.get_long()?;
    let takes_value = arg.get_action().takes_values();
    let value = arg.get_value_names().filter(|_| takes_value).and_then(<[_]>::first);
    let lacks_it = arg.get_num_args().is_some_and(|range| range.min_values() == 0);
    Some(match value {
        Some(value) if lacks_it => format!("[--{name} [{value}]]"),
        Some(value) => format!("[--{name} {value}]"),
        None => format!("[--{name}]"),
    })
}

/// As troff takes it: a hyphen that is no break, and a quote that is none.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq")
}
