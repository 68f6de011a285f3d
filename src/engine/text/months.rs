//! Names of months in the languages in which reports are written, as a part of a pattern.

/// English, German, French, Spanish, Italian, Dutch, Portuguese, with the usual short forms.
pub(crate) const MONTH: &str = concat!(
    r"(?:jan(?:uary|uar|uari|vier|eiro)?|enero|gennaio",
    r"|feb(?:ruary|ruar|ruari|rero|braio)?|f[ée]vrier|fevereiro",
    r"|mar(?:ch|s|zo|ço)?|m[äa]e?rz|maart",
    r"|apr(?:il|ile)?|avril|abril",
    r"|may|mai|mayo|maggio|mei|maio",
    r"|jun(?:e|i|io|ho)?|juin|giugno",
    r"|jul(?:y|i|io|ho)?|juillet|luglio",
    r"|aug(?:ust|ustus)?|ao[ûu]t|agosto",
    r"|sep(?:t|tember|tembre|tiembre)?|settembre|setembro",
    r"|oct(?:ober|obre|ubre)?|okt(?:ober)?|ottobre|outubro",
    r"|nov(?:ember|embre|iembre|embro)?",
    r"|dec(?:ember)?|dez(?:ember|embro)?|d[ée]cembre|diciembre|dicembre)",
);
