"""The words that a decision is told in, in Indonesian and English: templates for values. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from routing_service.competence.decision import Doubt, Ground, Remark
from shared.domain.lifecycle import Level
from shared.domain.wording import Wording

GROUNDS: Mapping[Ground, Wording] = MappingProxyType(
    {
        Ground.RULE: ("Aturan nomor {position} menyebut instansi ini. {note}", "Rule {position} names it. {note}"),
        Ground.LEARNED: (
            "Laporan serupa sebelumnya ditangani instansi ini: peluang {probability}.{words}{kind}",
            "Reports like this one went to it before: probability {probability}.{words}{kind}",
        ),
        Ground.NAMED_BY_RETURN: (
            "Yang mengembalikan laporan menyebut {name} sebagai yang berwenang.",
            "Whoever returned the report named {name} as competent.",
        ),
        Ground.NAMED_BY_REPORTER: (
            "Pelapor menujukan laporannya kepada {name}.",
            "The reporter means it for {name}.",
        ),
        Ground.PLACE: (
            "Tempat yang dilaporkan, {region}, berada di wilayahnya: {of}.",
            "The place of the report, {region}, lies in its region: {of}.",
        ),
        Ground.SUCCESSOR: ("Instansi ini menggantikan {name}{until}.", "It took over from {name}{until}."),
    }
)

DOUBTS: Mapping[Doubt, Wording] = MappingProxyType(
    {
        Doubt.MUST_DECIDE: (
            "Laporan sudah dikembalikan {returns} kali: {level} harus memutuskan.",
            "The report was returned {returns} times: {level} must decide.",
        ),
        Doubt.RETURNED: (
            "Sudah dikembalikan oleh {names}; yang pernah mengembalikan tidak diusulkan lagi.",
            "It was returned by {names}; who returned it is not suggested again.",
        ),
        Doubt.RULE_FAILED: ("Aturan nomor {position} gagal: {failure}.", "Rule {position} failed: {failure}."),
        Doubt.PLACES_CONTRADICT: (
            "Keterangan tempat bertentangan: {one}, tetapi {other}.",
            "What is said of the place contradicts itself: {one}, but {other}.",
        ),
        Doubt.PLACE_UNSURE: (
            "Tempatnya belum pasti: {region}, keyakinan {confidence}.",
            "The place is not sure: {region}, confidence {confidence}.",
        ),
        Doubt.NO_CATEGORY: ("Laporan belum berkategori.", "The report has no category yet."),
        Doubt.NO_REGION: ("Wilayah laporan belum diketahui.", "The region of the report is not known."),
        Doubt.NO_RULE: (
            "Tidak ada aturan yang mengenai laporan ini.",
            "There is no rule that this report falls under.",
        ),
        Doubt.NOT_SURE: (
            "Dari laporan sebelumnya belum cukup pasti: peluang {probability}, yang diperlukan {threshold}.",
            "What was learned is not sure enough: probability {probability}, {threshold} is needed.",
        ),
        Doubt.RULE_AND_MODEL_DISAGREE: (
            "Aturan menyebut instansi lain daripada laporan serupa sebelumnya, yang ditangani {name}"
            " (peluang {probability}).",
            "The rule names another agency than {name}, to which reports like this one went before"
            " (probability {probability}).",
        ),
        Doubt.REPORTER_NAMES_ANOTHER: (
            "Pelapor menujukan laporannya kepada instansi lain: {name}.",
            "The reporter means it for another agency: {name}.",
        ),
        Doubt.OUT_OF_SERVICE: (
            "{name} sudah tidak bertugas; {successor}.",
            "{name} is out of service; {successor}.",
        ),
        Doubt.OUTSIDE_INSTANSI: (
            "Instansi itu di luar {instansi}, yang memegang laporan.",
            "That agency is outside {instansi}, which holds the report.",
        ),
        Doubt.OTHER_REGION: (
            "{name} berwenang di {of}, sedangkan tempat yang dilaporkan berada di {region}.",
            "{name} is competent for {of}, but the place of the report lies in {region}.",
        ),
        Doubt.PART_MISSING: (
            "{part} tidak dapat dipakai sebagaimana mestinya saat itu.",
            "{part} could not be used as it should at that moment.",
        ),
    }
)

REMARKS: Mapping[Remark, Wording] = MappingProxyType(
    {
        Remark.PIN_UNUSED: (
            "Titik koordinat pada laporan tidak dipakai: tidak berada dalam batas wilayah yang diketahui; tanpa impor"
            " batas wilayah tidak ada satu pun yang diketahui.",
            "The pin was not used: it lies within no boundary that is known; while none are imported, none is.",
        ),
        Remark.NOTHING_LEARNED: (
            "Belum ada yang dipelajari dari laporan terdahulu: hanya aturan, kategori dan kata-kata yang dipakai.",
            "Nothing was learned from earlier reports yet: only rules, categories and their words were used.",
        ),
    }
)


WORDS: Wording = (" Kata yang mendukung: {words}.", " Words that spoke for it: {words}.")
KIND: Wording = (
    " Jenis instansinya ({kind}) dikenali dari isi laporan, instansinya dari tempatnya.",
    " Its kind ({kind}) follows from the words, which one from the place.",
)
NEWER: Wording = ("Dicatat oleh rilis yang lebih baru ({code}).", "Recorded by a newer release ({code}).")
UNTIL: Wording = (", yang bertugas sampai {until}", ", which was in service until {until}")
LEVELS: Mapping[str, Wording] = MappingProxyType(
    {
        Level.COORDINATOR: ("admin koordinator", "the coordinator"),
        Level.NATIONAL: ("admin pusat", "the national administrator"),
    }
)
PARTS: Mapping[str, Wording] = MappingProxyType(
    {
        "registry": ("Daftar instansi", "The registry"),
        "rules": ("Kumpulan aturan", "The rule set"),
        "instansi_rules": ("Aturan instansi sendiri", "The rule sets of instansi"),
        "boundaries": ("Pembacaan tempat", "The reading of places"),
        "model": ("Model yang dipelajari", "The learned model"),
    }
)
SUCCEEDED: Wording = ("penggantinya {name}", "{name} took over")
NOT_SUCCEEDED: Wording = ("tidak ada penggantinya", "nobody took over")
CLEAR: Wording = (
    "Jelas: {agency}; dapat diteruskan tanpa keputusan orang.",
    "Clear: {agency}; it may go there without a person.",
)
LIKELY: Wording = (
    "Yang paling mungkin {agency}, tetapi orang yang harus memutuskan.",
    "Most likely {agency}, but a person must decide.",
)
NOBODY: Wording = ("Belum ada instansi yang dapat diusulkan.", "No agency can be suggested.")
MATCHED: Wording = (
    "Kumpulan aturan {rule_set}: {tried} aturan diperiksa; aturan nomor {position} yang mengenai. {note}",
    "Rule set {rule_set}, rules tried: {tried}; rule {position} decides. {note}",
)
OF_INSTANSI: Wording = (
    "Aturan milik {instansi} sendiri, karena aturan nasional tidak memutuskan.",
    "It is a set of {instansi} itself, since the nation's rules leave it open.",
)
PASSED_ON: Wording = (
    "Urusannya berpindah dari {name}{until}.",
    "The duty passed on from {name}{until}.",
)
UNMATCHED: Wording = (
    "Kumpulan aturan {rule_set}: {tried} aturan diperiksa, tidak ada yang mengenai.",
    "Rule set {rule_set}, rules tried: {tried}; none applies.",
)
NO_RULE_SET: Wording = ("Belum ada kumpulan aturan yang berlaku.", "No rule set is in force.")
CHOICES: Mapping[str, Wording] = MappingProxyType(
    {
        "agrees": (
            "Orang memilih {name}, sesuai dengan usulan.",
            "A person chose {name}, in keeping with the suggestion.",
        ),
        "differs": (
            "Orang memilih {name}, berbeda dari usulan: {reason}.",
            "A person chose {name}, otherwise than was suggested: {reason}.",
        ),
        "alone": ("Orang memilih {name}; tidak ada usulan.", "A person chose {name}; nothing was suggested."),
        "carried_out": (
            "Usulan; langsung dijalankan tanpa keputusan orang: {name}.",
            "A suggestion, carried out at once without a person: {name}.",
        ),
        "no_reason": ("tanpa alasan", "no reason given"),
        "suggestion": ("Usulan; belum ada keputusan orang.", "A suggestion; nobody has decided."),
    }
)

RETURNED: Wording = ("{name} mengembalikan laporan: {reason}.{named}", "{name} returned it: {reason}.{named}")
NAMED: Wording = (" Disebut sebagai yang berwenang: {name}.", " It named {name} as competent.")
SOMEBODY: Wording = ("Pemegang sebelumnya", "The holder before")
RING_OPEN: Wording = (
    "{returns} kali dikembalikan; setelah {most} kali tidak ada lagi yang boleh mengembalikannya untuk kedua kali.",
    "Returned {returns} times; after {most} nobody who returned it may do so again.",
)
RING_CLOSED: Wording = (
    "{returns} kali dikembalikan: yang pernah mengembalikan tidak boleh meneruskannya lagi.",
    "Returned {returns} times: who has returned it may not pass it on again.",
)
MUST: Wording = (" Sekarang {level} harus memutuskan.", " Now {level} must decide.")
