//! Profiles, rules, scripts, tables, and what a folder holds.

use veridact::devices::DeviceRules;
use veridact::engine::key::ProjectKey;
use veridact::export::{Manifest, ManifestFile, Tombstone};

const PROFILES: [&str; 6] = [
    include_str!("../../../../profiles/research.toml"),
    include_str!("../../../../profiles/safe-harbor.toml"),
    include_str!("../../../../profiles/basic.toml"),
    "format = 1\nname = \"s\"\nextends = \"research\"\nages = \"keep\"\ndates = \"hash\"\n\
     date-offset = \"study\"\nfree-text = \"strict\"\nidentity = \"id\"\nsample-size = 7\n\
     gate = [\"decided\", \"sample\"]\nunknown-private = \"clean\"\ncomplete-iod = true\n",
    "format = 1\nname = \"s\"\n[[rule]]\ntag = \"(0008,103x)\"\nvalue = \"^[A-Z]{2,8}( |$)\"\n\
     modality = [\"CT\", \"MR\"]\nmanufacturer = \"acme\"\naction = \"clean\"\nwhy = \"w\"\n\
     [[rule]]\ntag = '(0019,\"ACME 1\",01)'\naction = \"keep\"\nwhy = \"w\"\n\
     [[rule]]\npath = \"*.(0040,A730).(0040,A160)\"\naction = \"X/Z/D\"\nwhy = \"w\"\n",
    "format = 1\nname = \"s\"\n[[rule]]\nvr = \"DA\"\naction = \"year-only\"\nwhy = \"w\"\n\
     [[rule]]\ntag = \"(0010,1010)\"\naction = \"cap-age\"\nwhy = \"w\"\n\
     [[rule]]\ntag = \"(0008,0018)\"\nsop-class = \"1.2.840.10008.5.1.4.1.1.2\"\n\
     action = \"U\"\nwhy = \"w\"\n",
];

const DEVICES: [&str; 4] = [
    include_str!("../../../../profiles/devices.toml"),
    "format = 1\n[[rule]]\nname = \"n\"\nauthor = \"a\"\nreason = \"r\"\nmodality = [\"US\", \"CT\"]\n\
     manufacturer = { contains = \"acme\" }\nmodel = { starts-with = [\"M1\", \"M2\"] }\n\
     size = { rows = 768, columns = 1024 }\nmask = [[0, 0, 1024, 60], [800, 740, 1024, 768]]\n\
     keep = [[480, 40, 560, 60]]\n",
    "format = 1\n[[rule]]\nname = \"n\"\nauthor = \"a\"\nreason = \"r\"\nwhen = [\n\
     { any = [{ attribute = \"Modality\", equals = \"US\" },\n\
     { not = { attribute = '(0009,\"ACME, INC.\",0A)', matches = \"^x[0-9]{2}\" } }] },\n\
     { attribute = \"(0018,1020)\", less-than = 3.5 },\n\
     { attribute = \"SoftwareVersions\", greater-than = -1e3 },\n]\nsize = \"any\"\nmask = \"all\"\n",
    "format = 1\n[[rule]]\nname = \"n\"\nauthor = \"a\"\nreason = \"r\"\n\
     when = [{ attribute = \"SequenceOfUltrasoundRegions\", is = \"present\" }]\n\
     ultrasound-regions = \"mask-outside\"\n[[rule]]\nname = \"m\"\nauthor = \"a\"\nreason = \"r\"\n\
     image-type = { ends-with = \"MIP\" }\nsize = \"any\"\nmask = [[0, 0, 9, 9]]\n",
];

const CTP: [&str; 3] = [
    "A library of our own\n\nAcme ultrasound\n: { Modality.equals(\"US\") *\n\
     \x20 [0008,0070].containsIgnoreCase(\"acme\") * // the old name\n\
     \x20 ( [00081090].startsWith(\"M1\") + ![0018,1020].isLessThan(\"3\") ) *\n\
     \x20 [0028,0010].equals(\"100\") * [0028,0011].equals(\"200\") }\n\
     (0,0,200,20)   (150,90,100,100)\n\t(-20,-10,10,10)\n",
    "Nobody\n: { [0009[ACME ONE]01].matches(\"x[0-9]\") * Rows.equals(\"9\") * Columns.equals(\"9\") } (0,0,9,1)\n",
    "{ !Modality.equals(\"\") * /* all */ Modality.endsWith(\"B\") + true.isGreaterThan(\"1\") } (0,0,1,1)",
];

const DEID: [&str; 3] = [
    "FORMAT dicom\n\n%filter graylist\n\nLABEL Acme ultrasound # (J. Doe)\n\
     \x20 contains Manufacturer acme|other + equals Rows 100\n  + equals Columns 200\n\
     \x20 || notcontains Modality CT\n  coordinates 0,0,200,20\n  ctpcoordinates 150,90,10,5\n",
    "%filter graylist\nLABEL Regions\n present SequenceOfUltrasoundRegions\n\
     \x20keepcoordinates from:SequenceOfUltrasoundRegions\n",
    "%filter blacklist\nLABEL a\n contains Modality ^(US|CT)$ + missing (0008,0008)\n coordinates all\n\
     keepcoordinates 10,20,190,100\n%header\nREMOVE PatientID\n",
];

const CROSSWALKS: [&str; 4] = [
    "patient_id,issuer,pseudonym,day_offset,accession,accession_pseudonym\n\
     4711,,SITE-001,-400,,\n4711,NORTH,SITE-002,,,\n4712,,,30,,\n,,,,A1,ACC-1\n",
    "pseudonym,patient_id\nLUNG-######,*\nA.1,7\n",
    "accession,accession_pseudonym\r\n*,AC????????\r\n\"1,2\",X_1\r\n",
    "\u{feff}patient_id,day_offset\n1,36525\n\n2, -36525 \n",
];

const IDENTIFIERS: [&str; 4] = [
    "kind,value\nname,Ottilie Zwetschge\npatient-id,PX-774411\ndate,19671103\nuid,1.2.3.4\n",
    "value,kind\n\"Quittenbaum, Maria\",person\nSt. Elsewhere Hospital,institution\n\
     +49 30 1234567,contact\nottilie@example.org,contact\nLindenweg 7,address\n",
    "kind,value\nname,Τριανταφύλλου^Ελένη\nname,山田^太郎\nname,Müller-Lüdenscheidt\nid,Q7788\n",
    "kind,value\npatient-name,Zwetschge\npatient-id,abcde12345\n",
];

const ANSWERS: [&str; 2] = [
    "patient_id,issuer,answer,group\n1,,merge,a\n2,N,merge,a\n3,,split,\n4,,confirm,\n",
    "answer,patient_id\nsplit,7\nconfirm,\"8\"\n",
];

fn headed(head: &[u8], text: &str) -> Vec<u8> {
    [head, text.as_bytes()].concat()
}

pub fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let mut all: Vec<(&str, Vec<u8>)> = Vec::new();
    let plain = |name, texts: &[&str]| -> Vec<(&'static str, Vec<u8>)> {
        texts.iter().map(|text| (name, text.as_bytes().to_vec())).collect()
    };
    all.extend(plain("profile", &PROFILES));
    all.extend(plain("device_rules", &DEVICES));
    all.push(("device_rules", DeviceRules::shipped().to_toml().into_bytes()));
    for how in 0..4 {
        all.extend(CTP.map(|text| ("device_import", headed(&[2 * how], text))));
        all.extend(DEID.map(|text| ("device_import", headed(&[2 * how + 1], text))));
    }
    all.extend(plain("crosswalk", &CROSSWALKS));
    all.push(("crosswalk", key().to_text().as_bytes().to_vec()));
    all.extend(plain("identifiers", &IDENTIFIERS));
    all.extend(plain("identity_answers", &ANSWERS));
    all.extend(folders());
    all
}

fn key() -> ProjectKey {
    ProjectKey::from_bytes([7; 32])
}

fn file(path: &str) -> ManifestFile {
    ManifestFile {
        path: path.into(),
        // Of the file that lies there.
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into(),
        bytes: 3,
        masked_frames: 1,
        stored_uncompressed: false,
        profile: "research 0011".into(),
        batches: ["ab".to_owned()].into(),
    }
}

fn folders() -> Vec<(&'static str, Vec<u8>)> {
    let mut manifest = Manifest::new(&key().fingerprint());
    let nothing = manifest.to_text().unwrap();
    manifest.take([file("p/1/2/3.dcm"), file("p/1/2/4.dcm")]);
    manifest.bury(Tombstone::of("p/1/2/4.dcm", "quality"));
    let some = manifest.to_text().unwrap();
    let published = serde_line("publish", &serde_text(&file("p/1/2/3.dcm")));
    let withdrawn = serde_line("withdraw", "\"p/1/2/3.dcm\"");
    let outside = serde_line("withdraw", "\"../beside\"");
    let stone = "{\"path\":\"p/1/2/3.dcm\",\"study\":\"1\",\"series\":\"2\",\"instance\":\"3\",\"reason\":\"other\"}";
    let buried = serde_line("bury", stone);
    let mut all = Vec::new();
    for manifest in [&nothing, &some] {
        for ledger in ["", &published, &withdrawn, &outside, &buried] {
            let length = (manifest.len() as u16).to_be_bytes();
            let input = [&length[..], manifest.as_bytes(), ledger.as_bytes()].concat();
            all.push(("output_folder", input));
        }
    }
    all
}

/// The file in one line, as the manifest writes it.
fn serde_text(file: &ManifestFile) -> String {
    let mut manifest = Manifest::new("");
    manifest.take([file.clone()]);
    let text = manifest.to_text().unwrap();
    let start = text.find('[').map_or(0, |at| at + 1);
    let end = text.rfind(']').unwrap_or(text.len());
    text[start..end].replace('\n', " ").trim().to_owned()
}

fn serde_line(step: &str, value: &str) -> String {
    format!("{{\"{step}\":{value}}}\n")
}
