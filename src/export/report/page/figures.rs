//! Small pictures of masked frames, as they were released.

use std::fmt::Write;

use crate::export::report::page::parts::{base64, escape};
use crate::export::report::risks::count;
use crate::export::report::{Picture, Report};

/// Most areas that are outlined in one picture.
const MOST_OUTLINES: usize = 60;
/// What every figure begins with; the instance follows.
const BEGIN: &str = "<figure data-instance=\"";
const END: &str = "</figure>";

/// The pictures, group by group.
pub(super) fn figures(report: &Report) -> String {
    if report.pictures.is_empty() {
        return String::new();
    }
    let mut pictures: Vec<&Picture> = report.pictures.iter().collect();
    pictures.sort_by_key(|picture| (picture.group, &picture.path, picture.frame));
    let all: String = pictures.into_iter().map(figure).collect();
    format!("<div class=\"pictures\">\n{all}</div>\n")
}

fn figure(picture: &Picture) -> String {
    let shown = match &picture.drawn {
        None => "<p class=\"small\">No picture could be made.</p>".to_owned(),
        Some(drawn) => {
            let ((width, height), (columns, rows)) = (drawn.size, drawn.of);
            let mut outlines = String::new();
            for region in picture.regions.iter().take(MOST_OUTLINES) {
                // Writing to a string cannot fail.
                write!(
                    outlines,
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"></rect>",
                    region.x0,
                    region.y0,
                    region.width(),
                    region.height()
                )
                .unwrap_or_default();
            }
            format!(
                "<div class=\"shot\"><img alt=\"released frame with what was painted over\" \
                 width=\"{width}\" height=\"{height}\" src=\"data:image/png;base64,{}\">\
                 <svg viewBox=\"0 0 {columns} {rows}\" preserveAspectRatio=\"none\" \
                 aria-hidden=\"true\">{outlines}</svg></div>",
                base64(&drawn.png)
            )
        }
    };
    let instance = instance(&picture.path);
    let areas = count(picture.regions.len() as u64, "area");
    format!(
        "{BEGIN}{}\">{shown}<figcaption>Group {}, frame {}, {areas} painted over<br>\
         <span class=\"uid\">{}</span></figcaption>{END}\n",
        escape(instance),
        picture.group,
        u64::from(picture.frame) + 1,
        escape(instance)
    )
}

/// The new SOP Instance UID, of which the file has its name.
fn instance(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".dcm").unwrap_or(name)
}

/// The page without the pictures of instances that are gone; `None` where it shows none of them.
pub(in crate::export::report) fn without_pictures(
    page: &str,
    is_gone: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let mut parts = page.split(BEGIN);
    let mut less = parts.next()?.to_owned();
    let mut is_less = false;
    for part in parts {
        let (instance, _) = part.split_once('"')?;
        match part.split_once(END) {
            Some((_, after)) if is_gone(instance) => {
                is_less = true;
                less.push_str("<figure><figcaption>Taken away with its instance.</figcaption>");
                less.push_str(END);
                less.push_str(after);
            }
            _ => {
                less.push_str(BEGIN);
                less.push_str(part);
            }
        }
    }
    is_less.then_some(less)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::report::{Drawn, MaskRow};
    use crate::model::Region;

    fn picture(name: &str, drawn: bool) -> Picture {
        let drawn = drawn.then(|| Drawn { png: vec![1, 2, 3], size: (192, 96), of: (640, 320) });
        let regions = vec![Region { x0: 10, y0: 20, x1: 40, y1: 30 }];
        let path = format!("VD-1/2.25.1/2.25.2/{name}.dcm");
        Picture { path, sha256: String::new(), frame: 0, regions, group: 1, drawn }
    }

    #[test]
    fn pictures_of_instances_that_are_gone_can_be_taken_out_alone() {
        let pictures =
            vec![picture("2.25.7", true), picture("2.25.77", true), picture("2.25.8", false)];
        let report = Report { pictures, masks: vec![MaskRow::default()], ..Report::default() };
        let page = report.to_html();
        assert_eq!(page.matches("data:image/png;base64,AQID").count(), 2);
        assert!(page.contains("<rect x=\"10\" y=\"20\" width=\"30\" height=\"10\">"));
        assert!(page.contains("No picture could be made."));
        let less = without_pictures(&page, &|instance| instance == "2.25.7").unwrap();
        assert_eq!(less.matches("data:image/png;base64,AQID").count(), 1);
        assert!(less.contains(">2.25.77<") && !less.contains(">2.25.7<"));
        assert!(less.ends_with("</html>\n"));
        assert_eq!(without_pictures(&less, &|instance| instance == "2.25.7"), None);
        assert_eq!(without_pictures("no page of ours", &|_| true), None);
    }
}
