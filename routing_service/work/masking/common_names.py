"""Given and family names that are common in Indonesia; no list of people. Pure data.

They are those of lokal-id 0.7 (MIT licence), which keeps them to itself.
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: They are rarely anything else.
GIVEN_NAMES = _set(
    "abdul abdur abdurrahman achmad adi adit aditya aep agnes agus agustinus ahmad aisyah akhmad albert alvin aminah "
    "andi andika andreas angelina ani anisa anita annisa anton antonius ari arie arief arif aris arya asep aulia ayi "
    "azizah bambang bayu bella benediktus benny budiman cahyo candra cantika cecep christina christine cindy clarissa "
    "claudia dadang danang dani daniel david dede dedeh dedi della dendi deni denny desi devi dewanti diah dicky "
    "dimas dina dini dita dodi doni dony dyah edi edward edwin edy eko elisabeth elsa ema encep endah endang engkos "
    "enok entis erik erna ernawati erwin euis eva evelyn evi fadil fahmi faisal fajri fani farah farhan farid fatimah "
    "fauzan fauzi felicia felix fenny ferry fikri fira firman fitri fitria fransiskus gabriella galih gilang habibi "
    "hadi hafiz hafsah halimah hamzah hana hanif haris harun hasan hasanudin hendra hendrik hendro hendry hengky "
    "henny heru hilman husein husin husni ibnu ibrahim ihsan iis ika ikhsan ilham ilyas indra iqbal ira irfan irma "
    "irwan ismail ivan iwan jajang jaka jamal jamil jeffry jefri jesica jessica johan johannes joko jonathan juwita "
    "karim kartini kevin khadijah khairunnisa khoirul kholil krisna kristian kristina laila latifah lia lilis lina "
    "linda lisa lukas lukman luqman lusi lutfi magdalena mahmud malik mansur maria mariam markus marlina maryam "
    "matius maya michael michelle mira moch mochammad moh mohamad mohammad monica muhamad muhammad mukhlis munir musa "
    "mustofa nabila nadia naila najwa nanang nanda nasrul natalia natalie nathan ngadimin ngatini nia nina ningsih "
    "nining nisa novi novia novita nunung nuraini nurdin nurhayati nurlela nurul odah oki otong paijo paimin painem "
    "parman patricia paulus petrus popon puspita rachmat rafa rafi rahma rahmat rangga rani ratih ratna rendra reni "
    "resti reza ria rian richard ricky rico ridwan rifki rika rina rini risa riska rita riyan rizal rizka rizki rizky "
    "robert roni rony rosa rosita rudi rudy ruslan ryan sahrul saiful salma salsabila samsul samuel sandi sapto "
    "septian setyo shinta sigit sinta siska siti slamet sofi sofyan sriyati stefanus stella stevan steven subagyo "
    "sugeng sugiono sukarno sukinah sukirman sulastri sumarni sumarno suminah sundari supardi suparman suparmi "
    "supriyadi supriyanto suryadi susan susi susilowati sutarno sutejo sutini sutopo sutrisno suyanti suyatno syahrul "
    "syaiful syifa tatang taufik teguh theresia tika tina titin tiwi tomi toni tono totok tukiman tukinem tumini tuti "
    "ujang umi usman vania vera veronika vina vincent vivian wagiman wagiyem wahyudi warsini wawan widya william wina "
    "winda wisnu yadi yani yanti yanto yati yayan yeni yeyen yogi yohana yohanes yosef yoseph yuda yudha yudi yuli "
    "yulia yuliana yuni yunus yusuf yuyun zahra zainab zainal zaki"
)
FAMILY_NAMES = _set(
    "abdullah anggraini ardiansyah aritonang batubara budiman butarbutar chandra damanik darmawan daulay dharmawan "
    "effendi effendy firmansyah fitriani ginting girsang gultom gunawan hakim handayani harahap hartono haryadi "
    "haryanto hasibuan hendrawan hermawan hidayah hidayat hidayatullah hutabarat hutagalung hutapea irawan iskandar "
    "kristanto kurniawan kurniawati kusumawati latuconsina lewerissa lubis lumbantobing lumentut maharani mandagi "
    "manullang manurung marpaung matondang mulyadi mulyani munthe nainggolan napitupulu nasution novitasari nugraha "
    "nugroho oktaviani pakpahan pangemanan pangestu panjaitan pardede pasaribu pattiasina pattinama perangin-angin "
    "peranginangin permana pohan prasetya prasetyo pratama pratiwi purba purnomo purwanto puspitasari rahman "
    "rahmawati rajagukguk ramadani ramadhan ramadhani rangkuti ritonga rondonuwu rosadi safitri salim samosir sanjaya "
    "santoso saputra saputri saragih sembiring septiani setiadi setiawan siahaan sianturi sibarani sidabutar "
    "sihombing silalahi simamora simanjuntak simanungkalit simatupang simbolon sinaga sinambela sinurat sirait "
    "siregar siswanto sitompul sitorus situmorang sofyan sopian sudarsono sugianto sugiarto suharto sukmawati "
    "sulistyowati sumampouw suryadi suryani suryanto susanto susilo sutanto sutrisno syahputra tambunan tanoto "
    "tarigan tjandra tuhumury tumbelaka utomo wahyudi wahyuni wattimena wenas wibowo widjaja widodo wijaya wulandari "
    "yulianti"
)
#: They are words, too: no name when they stand alone.
AMBIGUOUS_GIVEN_NAMES = _set(
    "agung ana angel asih ayu bagus bima bintang budi bunga cahya catur cinta citra dewi dian dwi eka fajar gita "
    "grace hari ida imam ina indah intan kartika kasih kurnia laras lestari mawar mega melati mulia murni mutiara "
    "nana nur octa okta panca pandu panji permata puji puspa putra putri rahayu ratu rejeki rezeki rizqi santi sari "
    "satria sekar setia sinar sri suci sudirman surya tari tri vino wahyu wulan yoga"
)
