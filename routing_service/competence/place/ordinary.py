"""Words of everyday Indonesian and Javanese that are also names of regions. General knowledge of the language. Pure."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Never the beginning of a name, not even after a level word: "kelurahan yang", "desa lebih maju", "kecamatan sudah".
COMMON = _words(
    """
    ada adalah agar aja akan akhir aku amat anak antara apa apakah apalagi atas atau bagaimana bagi bagian bahkan
    bahwa banyak bapak bapaknya baru begitu belum berapa beri berikut bersama besar biar biasa bila bisa boleh bpk
    bu buat bukan bulan cara cuma dan dapat dari dekat deket demi dengan depan di dia diri dong dulu gak guna hal
    hanya harap hari harus hingga ibu ikut ini itu jadi jam jangan jika juga justru kah kalau kali kalo kami kamu
    kantor kapan karena kasi kasih kata ke kecil kena kenapa kepada kepala kerja ketika ketua kira kita klo kok
    kota kurang lagi lah lain lalu lama lebih lewat luar maka makin malah malam mana masih masuk mau melalui memang
    mereka minta misal mohon mulai mungkin nah nama namun nanti negara negeri nya oleh orang pada pagi pak paling
    para pasti perlu pernah pihak pukul pula pun punya rata rela rumah saat saja sama sampai samping sana sangat
    satu saya sebab sebagai sebelah sebelum sebut sedang segera sejak sekali sekarang sekian sela selalu selama
    semua sendiri sepanjang seperti sering serta sesuai setelah setempat setiap siang siapa sini situ soal sore
    suatu sudah supaya surat tadi tahun tanpa tapi telah tempat tentang terima terkait tersebut tetap tiap tidak
    tolong tulis tunggu untuk untung wah waktu walau warga web yaitu yang
    """
)

#: Without a level word before them ("desa Harapan") they name nothing.

ORDINARY = _words(
    """
    air alam alas alor aman angkasa api asam asin awan bagan bahagia baik bakau bakti baku bakung balai bambu
    bandar bangko bangun banjar bank barat batang batas batu bawah bebas belah belimbing belu bendung bengkel
    berani beringin besi bima bina binjai bintang bolong bone bongkaran bonto buah bukit bulak bulu bumi bunga
    bungo buntu buru cahaya campur cempaka cepat cinta curah dagang dahlia dalam damai dapur darat datar datuk daun
    delima dewi dolok doro duku duren durian emas embong empat enam flora gading gajah galian gambir garuda gedang
    gedung gelap gembira gempol genteng golong gudang gundul guntur gunung guru harapan hidup hijau hilir hulu
    hutan ikan ilir indah induk intan jaga jagung jalan jambu jati jawa jaya jembatan jeruk kalangan kampung kanan
    kandangan kapal kapas kapur karang karya kayu kebon kebun kedai kelapa kelengkeng keling keluar keluarga
    kembang kemuning kenanga kenari keramat keras keraton kering kerta kertas ketapang kidul kolam kopi kosong
    krajan kramat kuala kubu kuda kulon kuning kupang kurnia labuhan ladang lampu landak langgar langsa lapangan
    laut lebak lebar lele lembah lima lingkungan loji lontar lor lubuk lumpur made madura mahal maju makmur malang
    mampu mangga mangkuk marga marina masjid mati mawar mayang medan megah mekar melati melayu menang menanti
    menara mentari merah merak merdeka merpati metro minggu mojo muara muda mufakat mulia mulya mulyo mutiara nanas
    nangka nelayan niaga nias nongko nusa otonom pacar padang pagar pakal pakis paku pala palang palu panca pancing
    pandan pangkal panjang pantai panti parit parung pasar pasir pati payung pejuang pekan pelabuhan pelangi pelita
    pemuda pendidikan perak pereng permai permata persada pertanian perumahan pesantren pete pilang pinang pintu
    pisang plaza ploso pojok pondok pulau puncak purnama purwo pusaka pusat putih putra putri rahayu rakit rakyat
    ramai rambut rambutan rantau rawa raya rejo rombong rukun rusak sabang sabar saga sakti salam sambung sampah
    sampang sari sawah sawahan sawit sawo sebrang sehat sejahtera sejati selat selatan selokan semangat semarak
    sembilan sempurna semut senang sendang sengon sentosa sepakat sepi serang serba seri serikat setia siaga siak
    sidang silat simpang sinar singa sisir siwalan solok sorong subur suka sukarela sukses sumber sumur sungai
    surya susun taman tambak tambang tanah tangga tanggul tani tanjung tapak tarik tarum tebing tebu tegal teladan
    telaga teluk tembok tempel tempuran tengah terang terong terusan tiang tiga timur tinggi tirta tol tower
    transmigrasi tual tugu tumbang tumpang tunas tunggal turi tutur uban udang ujung ulu umbul utama utara waduk
    wage wanita waru warung wates wetan wisata wono wuni zamrud
    """
)
