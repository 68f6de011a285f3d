//! The man page: one for all commands.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

/// Writes the page of a command and of all commands below it.
pub(crate) fn write(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let man = Man::new(command.clone());
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut built = command.clone();
    built.build();
    commands(&built, out)?;
    man.render_extra_section(out)?;
    man.render_version_section(out)
}

/// A section for each command that is no secret, with what its own page would say.
fn commands(above: &Command, out: &mut dyn Write) -> io::Result<()> {
    for command in above.get_subcommands().filter(|command| !command.is_hide_set()) {
        if command.get_name() == "help" {
            continue;
        }
        let name = command.get_bin_name().unwrap_or(command.get_name()).to_uppercase();
        writeln!(out, ".SH \"{name}\"")?;
        let mut own = Vec::new();
        let man = Man::new(command.clone());
        man.render_description_section(&mut own)?;
        man.render_synopsis_section(&mut own)?;
        if command.get_subcommands().next().is_none() {
            man.render_options_section(&mut own)?;
        }
        man.render_extra_section(&mut own)?;
        for line in String::from_utf8_lossy(&own).lines().filter(|line| *line != ".SH DESCRIPTION")
        {
            writeln!(out, "{}", line.replacen(".SH ", ".SS ", 1))?;
        }
        commands(command, out)?;
    }
    Ok(())
}
