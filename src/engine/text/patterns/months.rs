//! Names of months in the languages in which reports are written, as a part of a pattern.

/// English, German, French, Spanish, Italian, Dutch, Portuguese, the Nordic languages, Polish, Czech,
/// Hungarian, Romanian, Turkish and Finnish, with the usual short forms.
pub(crate) const MONTH: &str = concat!(
    r"(?:jan(?:uary|uar|uari|vier|eiro|u[áa]r|uarie)?|j[äa]nner|enero|gennaio|stycznia|ledna|ocak|tammikuuta",
    r"|feb(?:ruary|ruar|ruari|rero|braio|ru[áa]r|ruarie)?|f[ée]vr(?:ier)?|fevereiro|lutego|[úu]nora|[şs]ubat|helmikuuta",
    r"|mar(?:ch|s|ts|zo|ço|t|tie|ca)?|m[äa]e?rz|maart|m[áa]rcius|b[řr]ezna|maaliskuuta",
    r"|apr(?:il|ile|ilie|[íi]lis)?|avr(?:il)?|abr(?:il)?|kwietnia|dubna|nisan|huhtikuuta",
    r"|may|mai|mayo|maggio|mei|maio|maj|maja|m[áa]jus|kv[ěe]tna|may[ıi]s|toukokuuta",
    r"|jun(?:e|i|io|ho|ie)?|juin|giugno|czerwca|j[úu]nius|[čc]ervna|haziran|kes[äa]kuuta",
    r"|jul(?:y|i|io|ho|ie)?|juil(?:let)?|luglio|lipca|j[úu]lius|[čc]ervence|temmuz|hein[äa]kuuta",
    r"|aug(?:ust|ustus|usti|usztus)?|ao[ûu]t|ago(?:sto)?|sierpnia|srpna|a[ğg]ustos|elokuuta",
    r"|sep(?:t|tember|tembre|tiembre|tembrie)?|szeptember|settembre|setembro|wrze[śs]nia|z[áa][řr][íi]|eyl[üu]l|syyskuuta",
    r"|oct(?:ober|obre|ubre|ombrie)?|okt(?:ober|[óo]ber)?|ottobre|outubro|pa[źz]dziernika|[řr][íi]jna|ekim|lokakuuta",
    r"|nov(?:ember|embre|iembre|embro|iembrie)?|listopadu|kas[ıi]m|marraskuuta",
    r"|dec(?:ember|embrie)?|dez(?:ember|embro)?|d[ée]c(?:embre)?|dic(?:iembre|embre)?|desember|grudnia|prosince|aral[ıi]k|joulukuuta)",
);

/// Russian, Ukrainian, Greek, Thai, Arabic.
pub(crate) const EASTERN: &str = concat!(
    "январ[яь]|феврал[яь]|марта?|апрел[яь]|ма[яй]|июн[яь]|июл[яь]|августа?|сентябр[яь]|октябр[яь]|ноябр[яь]|декабр[яь]",
    "|січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня",
    "|Ιανουαρίου|Φεβρουαρίου|Μαρτίου|Απριλίου|Μα[ΐί]ου|Ιουνίου|Ιουλίου|Αυγούστου|Σεπτεμβρίου|Οκτωβρίου|Νοεμβρίου|Δεκεμβρίου",
    "|มกราคม|กุมภาพันธ์|มีนาคม|เมษายน|พฤษภาคม|มิถุนายน|กรกฎาคม|สิงหาคม|กันยายน|ตุลาคม|พฤศจิกายน|ธันวาคม",
    "|يناير|فبراير|مارس|أبريل|ابريل|مايو|يونيو|يوليو|أغسطس|اغسطس|سبتمبر|أكتوبر|اكتوبر|نوفمبر|ديسمبر",
);
