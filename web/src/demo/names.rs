//! Given and family names from many languages, for invented people. A word is written `native=latin` when it has its own
//! script; the Latin form serves for e-mail addresses.

/// How a culture puts a name together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Given name, family name.
    GivenFamily,
    /// Family name, given name, with a space.
    FamilyGiven,
    /// Family name directly followed by the given name.
    FamilyGivenJoined,
    /// One name alone.
    Mononym,
}

/// Names that occur together, with where their bearers live.
pub(super) struct Culture {
    pub(super) locale: &'static str,
    pub(super) zone: &'static str,
    pub(super) order: Order,
    pub(super) given: &'static str,
    pub(super) family: &'static str,
}

/// A word of a name in its own script and in Latin letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) native: &'static str,
    pub(super) latin: &'static str,
}

/// The words of a list.
pub(super) fn words(list: &'static str) -> Vec<Word> {
    list.split_whitespace()
        .map(|w| match w.split_once('=') {
            Some((native, latin)) => Word { native, latin },
            None => Word { native: w, latin: w },
        })
        .collect()
}

const fn culture(
    locale: &'static str,
    zone: &'static str,
    order: Order,
    given: &'static str,
    family: &'static str,
) -> Culture {
    Culture { locale, zone, order, given, family }
}

use Order::{FamilyGiven, FamilyGivenJoined, GivenFamily, Mononym};

/// Every culture the demonstration draws from. Common names only; any likeness to a real person is chance.
#[rustfmt::skip]
pub(super) const CULTURES: &[Culture] = &[
    culture("en-GB", "Europe/London", GivenFamily,
        "Alice Oliver Grace Harriet Edmund Imogen Rosalind Tobias Winifred Callum Beatrix Rupert Phoebe Angus Nell Duncan",
        "Ashworth Blackwood Carrow Dunmore Ellery Fairbairn Greenhalgh Hollins Inglewood Kershaw Longfellow Merriweather Oakes Pemberton Thackeray O'Dowd"),
    culture("en-US", "America/Chicago", GivenFamily,
        "Maya Jordan Ethan Savannah Caleb Naomi Wyatt Destiny Logan Brianna Elijah Camille Mason Tamika Owen Paige",
        "Caldwell Hayes Whitfield Brooks Langston Prescott Mercer Tillman Holloway Beckett Sandoval Rhodes Underhill Vance Yates Washington-Lee"),
    culture("de-DE", "Europe/Berlin", GivenFamily,
        "Anneliese Jürgen Käthe Matthias Friederike Lukas Jörg Ulrike Sebastian Heike Götz Marlene Björn Wiebke Konrad Silke",
        "Bäcker Großmann Hübner Jäger Köhler Lindemann Möller Nußbaum Richter Schäfer Trautmann Vogelsang Weiß Zimmermann Krüger Ostermann"),
    culture("fr-FR", "Europe/Paris", GivenFamily,
        "Aurélie Benoît Chloé Dorothée Étienne Françoise Gaëlle Hervé Jérôme Léonie Maëlle Noémie Océane Rémi Solène Thibault",
        "Beaumont Chevalier Delacroix Lefèvre Fournier Gauthier Lemaître Marchand Perrault Rousselet Sauvageot Tellier Vasseur Hébert Bréchard Delaunay"),
    culture("es-MX", "America/Mexico_City", GivenFamily,
        "Ximena Joaquín Guadalupe Héctor Itzel Rodrigo Lucía Emiliano Inés Ramón Citlali Andrés Begoña Íñigo Pilar Tomás",
        "Aguirre Bermúdez Cárdenas Domínguez Echeverría Fuentes Guzmán Ibáñez Jáuregui Llorente Muñoz Ordóñez Peñalosa Quiñones Saldívar Zúñiga"),
    culture("pt-BR", "America/Sao_Paulo", GivenFamily,
        "Açucena Caetano Conceição Davi Fabrício Gonçalo Iara João Luísa Moacir Otávio Raíssa Sebastião Taís Ubirajara Zélia",
        "Araújo Brandão Carvalho Drumond Falcão Guimarães Leitão Magalhães Nogueira Pacheco Queirós Ribeirão Simões Tavares Valadão Assunção"),
    culture("it-IT", "Europe/Rome", GivenFamily,
        "Ginevra Niccolò Fiammetta Ottavio Chiara Raffaele Ludovica Gaspare Donatella Ermanno Sveva Tancredi Viola Zeno Assunta Libero",
        "Bellandi Castelnuovo D'Angelo Fioravanti Guerrini Lombardi Montefiore Nardini Orlandi Pellegrini Quaglia Rinaldi Santoro Tagliabue Ventura Zanetti"),
    culture("pl-PL", "Europe/Warsaw", GivenFamily,
        "Agnieszka Bartłomiej Czesława Dobrosław Elżbieta Grażyna Jędrzej Kinga Łucja Małgorzata Stanisław Święcisława Wawrzyniec Żaneta Zbigniew Rozalia",
        "Błaszczyk Chrzanowski Dąbrowski Gąsior Jabłoński Kołodziej Łukasik Mądry Niedźwiedź Pawlak Rżysko Stępień Ścibor Wróbel Zając Żurek"),
    culture("cs-CZ", "Europe/Prague", GivenFamily,
        "Bohumil Čeněk Drahomíra Eliška Kateřina Ludmila Matěj Ondřej Přemysl Růžena Šárka Štěpán Tomáš Václav Zdeňka Žofie",
        "Beneš Čapek Dvořáček Havránek Holub Jelínek Kučera Malý Němec Procházka Říha Souček Šafařík Vlček Zelenka Žižka"),
    culture("sv-SE", "Europe/Stockholm", GivenFamily,
        "Åsa Björn Elsa Fredrik Göran Håkan Ingegerd Kerstin Linnéa Märta Nils Örjan Ragnhild Sölve Torbjörn Ylva",
        "Åkerblom Björklund Ekström Forsberg Grönvall Hägglund Lindqvist Månsson Nyström Öberg Rönnqvist Sjöström Törnblom Västerlund Wallin Söderström"),
    culture("is-IS", "Atlantic/Reykjavik", GivenFamily,
        "Auður Birkir Dagný Eyþór Guðrún Hafþór Ísold Kjartan Ljótur Ragnheiður Sigríður Sæmundur Þórdís Þorsteinn Ægir Ösp",
        "Árnadóttir Björnsson Einarsdóttir Guðmundsson Hallgrímsdóttir Jónsson Ketilsdóttir Magnússon Ólafsdóttir Pálsson Sigurðardóttir Stefánsson Þórðardóttir Þorvaldsson Ögmundsdóttir Örnólfsson"),
    culture("nl-NL", "Europe/Amsterdam", GivenFamily,
        "Anouk Bram Cornelia Daan Femke Gijs Hendrikje Jelle Liesbeth Maarten Noortje Pieter Roos Sjoerd Teun Wilhelmina",
        "Achterberg Bloemendaal Dijkstra Groeneveld Hoekstra Kuipers Molenaar Noordhoek Oosterhuis Postma Ridderbos Schipper Terpstra Veldkamp Wiersma Zandstra"),
    culture("hu-HU", "Europe/Budapest", FamilyGiven,
        "Ágnes Botond Csilla Dénes Erzsébet Ferenc Gergő Ilona József Kinga Lőrinc Márta Orsolya Péter Sándor Zsófia",
        "Ács Balogh Csonka Dörgő Erdős Fülöp Győri Horváth Juhász Kőszegi Lőwy Molnár Ördögh Szűcs Tóth Vörös"),
    culture("tr-TR", "Europe/Istanbul", GivenFamily,
        "Ayşe Bülent Çiğdem Doğan Elif Fatoş Gökçe Hüseyin İlknur Kağan Leyla Münevver Oğuz Özlem Şebnem Ümit",
        "Aydın Bozkurt Çelik Demirci Erdoğmuş Güneş Işık Karagöz Kılıç Öztürk Polatlı Sağlam Şahin Tekin Uçar Yıldırım"),
    culture("vi-VN", "Asia/Ho_Chi_Minh", FamilyGiven,
        "An Bình Châu Dũng Giang Hạnh Khánh Lan Minh Ngọc Phúc Quỳnh Sơn Thảo Tuấn Vân",
        "Bùi Cao Đặng Đỗ Dương Hồ Hoàng Huỳnh Lê Lý Mai Ngô Nguyễn Phạm Trần Vũ"),
    culture("yo-NG", "Africa/Lagos", GivenFamily,
        "Adébáyò Àṣàkẹ́ Babátúndé Fúnmiláyò Ìfẹ́olúwa Káyòdé Mojísọ́lá Ọláyínká Chidinma Emeka Ngozi Obinna Adaeze Uchenna Ṣadé Tèmítọ́pẹ́",
        "Adéyẹmí Akíntọ́lá Balógun Fálétí Ìdòwú Okonkwo Nwosu Eze Olúwọlé Ọ̀ṣúnlàjà Òkè Ṣówándé Uzoma Amadi Chukwu Àjàyí"),
    culture("sw-KE", "Africa/Nairobi", GivenFamily,
        "Achieng Baraka Furaha Imani Jabali Kamau Makena Nekesa Njeri Otieno Pendo Rehema Salim Tumaini Wanjiru Zawadi",
        "Barasa Chebet Gathogo Kariuki Kiplagat Maina Mutua Mwangi Ndegwa Njoroge Ochieng Odhiambo Rotich Wafula Wekesa Kilonzo"),
    culture("mi-NZ", "Pacific/Auckland", GivenFamily,
        "Anahera Hēmi Hinemoa Kahurangi Maaka Ngaire Pāora Rāwiri Tāne Wiremu Aroha Mere Tama Whetū Moana Kiri",
        "Kāretu Ngata Paewai Ranginui Tamihana Wharekura Āpirana Hohepa Mātene Parata Rewi Tautahi Waaka Pōmare Herangi Te-Aho"),
    culture("uk-UA", "Europe/Kyiv", GivenFamily,
        "Олена=olena Богдан=bohdan Вікторія=viktoriia Григорій=hryhorii Дарина=daryna Євген=yevhen Зоряна=zoriana Іванна=ivanna Катерина=kateryna Лев=lev Марічка=marichka Назар=nazar Оксана=oksana Петро=petro Тарас=taras Юлія=yuliia",
        "Бондаренко=bondarenko Вовк=vovk Гончар=honchar Дорошенко=doroshenko Жук=zhuk Захарчук=zakharchuk Іщенко=ishchenko Коваль=koval Лисенко=lysenko Мельник=melnyk Осадчий=osadchyi Приходько=prykhodko Рибак=rybak Соколенко=sokolenko Ткач=tkach Шевчук=shevchuk"),
    culture("el-GR", "Europe/Athens", GivenFamily,
        "Αθηνά=athina Βασίλης=vasilis Γεωργία=georgia Δημήτρης=dimitris Ελένη=eleni Ζωή=zoi Ηλίας=ilias Θεοδώρα=theodora Ιάσονας=iasonas Κατερίνα=katerina Λευτέρης=lefteris Μυρτώ=myrto Νίκος=nikos Ουρανία=ourania Στέλιος=stelios Χρύσα=chrysa",
        "Αλεξίου=alexiou Βλάχος=vlachos Γαλανός=galanos Δούκας=doukas Ευσταθίου=efstathiou Ζαχαρίου=zachariou Καλογήρου=kalogirou Λάμπρου=lamprou Μαυρίδης=mavridis Νικολάου=nikolaou Οικονόμου=oikonomou Παπαδάκης=papadakis Ράπτης=raptis Σαμαράς=samaras Τσάκαλος=tsakalos Φωτίου=fotiou"),
    culture("ar-EG", "Africa/Cairo", GivenFamily,
        "أحمد=ahmad بسمة=basma جمال=jamal حنان=hanan خالد=khalid دعاء=doaa رشيد=rashid زينب=zaynab سمير=samir شيماء=shaymaa طارق=tariq عائشة=aisha فريد=farid ليلى=layla مريم=maryam يوسف=yusuf",
        "الأنصاري=al-ansari البغدادي=al-baghdadi الجزائري=al-jazairi الحداد=al-haddad الخطيب=al-khatib الدمشقي=al-dimashqi الراوي=al-rawi الزهراوي=al-zahrawi السكري=al-sukkari الشامي=al-shami الصباغ=al-sabbagh الطحان=al-tahhan العطار=al-attar القاضي=al-qadi المصري=al-masri النجار=al-najjar"),
    culture("fa-IR", "Asia/Tehran", GivenFamily,
        "آرش=arash بهار=bahar پریسا=parisa جمشید=jamshid داریوش=dariush رویا=roya ژاله=zhaleh سیاوش=siavash شیرین=shirin فرهاد=farhad کاوه=kaveh گلنار=golnar لاله=laleh مهدی=mahdi نسرین=nasrin یاسمن=yasaman",
        "اصفهانی=esfahani بهرامی=bahrami تهرانی=tehrani جعفری=jafari حسینی=hosseini خراسانی=khorasani رستمی=rostami زند=zand سهرابی=sohrabi شیرازی=shirazi صادقی=sadeghi کرمانی=kermani گیلانی=gilani مرادی=moradi نوری=nouri یزدی=yazdi"),
    culture("he-IL", "Asia/Jerusalem", GivenFamily,
        "אביגיל=avigail בועז=boaz גילה=gila דניאל=daniel הדס=hadas זאב=zeev חיים=haim טליה=talia יונתן=yonatan כרמל=carmel ליאור=lior מיכל=michal נועם=noam עדינה=adina רות=ruth שירה=shira",
        "אלון=alon ברק=barak גולן=golan דרור=dror הראל=harel זיו=ziv חרמון=hermon טל=tal ירדני=yardeni כרמי=karmi לביא=lavi מור=mor נחשון=nachshon סלע=sela צור=tzur שקד=shaked"),
    culture("ur-PK", "Asia/Karachi", GivenFamily,
        "عمران=imran بشریٰ=bushra تنویر=tanvir ثمینہ=samina جاوید=javed حمیدہ=hamida دانش=danish رابعہ=rabia سلیم=salim شازیہ=shazia صائمہ=saima ظفر=zafar عظمیٰ=uzma فہد=fahad کامران=kamran نادیہ=nadia",
        "انصاری=ansari بخاری=bukhari چودھری=chaudhry درانی=durrani رضوی=rizvi زیدی=zaidi سیالکوٹی=sialkoti شیخ=sheikh صدیقی=siddiqui علوی=alvi فاروقی=farooqi قریشی=qureshi کاظمی=kazmi لغاری=leghari ملک=malik نقوی=naqvi"),
    culture("hi-IN", "Asia/Kolkata", GivenFamily,
        "आरती=aarti भूपेश=bhupesh चंदन=chandan देविका=devika गौरव=gaurav हेमंत=hemant ईशा=isha जया=jaya कविता=kavita लक्ष्मी=lakshmi मनोज=manoj नीरज=neeraj प्रिया=priya राहुल=rahul सुनीता=sunita विक्रम=vikram",
        "अग्रवाल=agrawal भट्ट=bhatt चौहान=chauhan दीक्षित=dikshit गुप्ता=gupta जोशी=joshi कपूर=kapoor मेहरा=mehra नायर=nair पांडे=pandey राठौर=rathore शर्मा=sharma त्रिपाठी=tripathi वर्मा=verma यादव=yadav मिश्रा=mishra"),
    culture("bn-BD", "Asia/Dhaka", GivenFamily,
        "অনন্যা=ananya বিপ্লব=biplab চৈতালী=chaitali দীপক=dipak ফরিদা=farida গৌতম=goutam ইশিতা=ishita জাহিদ=zahid কণা=kona মিতা=mita নাসির=nasir পূর্ণিমা=purnima রফিক=rafiq শাহানা=shahana তানভীর=tanvir উমা=uma",
        "আহমেদ=ahmed বসু=basu চক্রবর্তী=chakraborty দত্ত=datta ঘোষ=ghosh হক=haque ইসলাম=islam করিম=karim লাহিড়ী=lahiri মজুমদার=majumdar নন্দী=nandi পাল=pal রহমান=rahman সেন=sen তালুকদার=talukdar খান=khan"),
    culture("ta-IN", "Asia/Kolkata", Mononym,
        "அருண்மொழி=arunmozhi இளவேனில்=ilavenil கயல்விழி=kayalvizhi செந்தில்=senthil தமிழ்ச்செல்வி=tamilselvi நிலா=nila பூங்கொடி=poongodi மாறன்=maran முத்துவேல்=muthuvel யாழினி=yazhini வளர்மதி=valarmathi வேலன்=velan அன்பரசு=anbarasu கண்ணகி=kannagi மணிமேகலை=manimekalai சேரன்=cheran",
        ""),
    culture("id-ID", "Asia/Jakarta", Mononym,
        "Suharti Wibowo Lestari Sutrisno Handayani Prasetyo Kusuma Mulyani Rahayu Santoso Widodo Ningsih Suryani Hartono Purnomo Yulianti Darmawan Susilo Wulandari Budiman",
        ""),
    culture("zh-CN", "Asia/Shanghai", FamilyGivenJoined,
        "安然=anran 博文=bowen 晨曦=chenxi 东升=dongsheng 芳华=fanghua 国强=guoqiang 海燕=haiyan 佳怡=jiayi 丽娟=lijuan 明月=mingyue 若兰=ruolan 思远=siyuan 天佑=tianyou 文静=wenjing 雪梅=xuemei 子涵=zihan",
        "白=bai 陈=chen 邓=deng 冯=feng 高=gao 韩=han 江=jiang 李=li 马=ma 欧阳=ouyang 秦=qin 司马=sima 唐=tang 王=wang 徐=xu 周=zhou"),
    culture("ja-JP", "Asia/Tokyo", FamilyGiven,
        "明美=akemi 文子=fumiko 春樹=haruki 一郎=ichiro 純子=junko 健太=kenta 恵=megumi 直人=naoto 玲奈=rena さくら=sakura 千尋=chihiro 大輔=daisuke 由美=yumi 誠=makoto 隆=takashi 美咲=misaki",
        "青木=aoki 千葉=chiba 遠藤=endo 藤原=fujiwara 橋本=hashimoto 石川=ishikawa 川口=kawaguchi 松田=matsuda 中村=nakamura 小川=ogawa 斎藤=saito 高橋=takahashi 上野=ueno 渡辺=watanabe 山田=yamada 吉田=yoshida"),
    culture("ko-KR", "Asia/Seoul", FamilyGivenJoined,
        "가람=garam 나래=narae 다은=daeun 민준=minjun 보라=bora 서연=seoyeon 시우=siwoo 아름=areum 영수=youngsoo 은지=eunji 재현=jaehyun 지훈=jihoon 태양=taeyang 하늘=haneul 현우=hyunwoo 혜진=hyejin",
        "강=kang 권=kwon 김=kim 남궁=namgung 류=ryu 박=park 서=seo 송=song 신=shin 안=ahn 윤=yoon 이=lee 장=jang 정=jung 최=choi 황=hwang"),
    culture("th-TH", "Asia/Bangkok", GivenFamily,
        "กานดา=kanda จิราพร=jiraporn ชัยวัฒน์=chaiwat ดารุณี=darunee ธนากร=thanakorn นฤมล=naruemon ประเสริฐ=prasert พิมพ์ใจ=pimjai มานะ=mana รัตนา=rattana วันชัย=wanchai ศิริพร=siriporn สมชาย=somchai สุดา=suda อรทัย=orathai อนันต์=anan",
        "แก้วมณี=kaewmanee จันทร์เพ็ญ=chanpen ชูเกียรติ=chookiat ทองดี=thongdee นาคสวัสดิ์=naksawat บุญมา=boonma พงษ์ไพบูลย์=phongphaibun ภักดี=phakdee มีสุข=meesuk ยิ้มแย้ม=yimyaem รุ่งเรือง=rungrueang วงศ์สุวรรณ=wongsuwan ศรีสุข=srisuk สายทอง=saithong อินทร์แก้ว=inkaew หอมจันทร์=homchan"),
    culture("am-ET", "Africa/Addis_Ababa", GivenFamily,
        "አበበ=abebe በላይነሽ=belaynesh ዳዊት=dawit እመቤት=emebet ፍቅርተ=fikirte ገነት=genet ሃና=hana ካሳሁን=kassahun ለምለም=lemlem መኮንን=mekonnen ነጋሽ=negash ሰላማዊት=selamawit ታደሰ=tadesse ወርቅነሽ=workinesh ያሬድ=yared ዘውዴ=zewde",
        "አለሙ=alemu በቀለ=bekele ደምሴ=demissie እንግዳ=engida ፈለቀ=feleke ገብሬ=gebre ሃይሉ=hailu ከበደ=kebede ለማ=lemma መንግሥቱ=mengistu ንጉሤ=nigusse ሰይፉ=seifu ተስፋዬ=tesfaye ወልዴ=wolde ይልማ=yilma ዘለቀ=zeleke"),
    culture("ka-GE", "Asia/Tbilisi", GivenFamily,
        "ანანო=anano ბექა=beka გვანცა=gvantsa დავითი=davit ეკა=eka ზურაბი=zurab თამარი=tamar ირაკლი=irakli ლალი=lali მანანა=manana ნინო=nino ოთარი=otar რუსუდანი=rusudan სანდრო=sandro ქეთევანი=ketevan შოთა=shota",
        "აბაშიძე=abashidze ბერიძე=beridze გელაშვილი=gelashvili დოლიძე=dolidze ელიავა=eliava ვაშაძე=vashadze კიკნაძე=kiknadze ლომიძე=lomidze მაისურაძე=maisuradze ნადირაძე=nadiradze ჟვანია=zhvania რამიშვილი=ramishvili სულაბერიძე=sulaberidze ფანჯიკიძე=panjikidze ჩხეიძე=chkheidze წერეთელი=tsereteli"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_latin_form_and_every_list_enough_words() {
        for culture in CULTURES {
            assert!(words(culture.given).len() >= 16, "{}", culture.locale);
            let family = words(culture.family).len();
            assert!(
                if culture.order == Order::Mononym { family == 0 } else { family >= 16 },
                "{}",
                culture.locale
            );
            for word in words(culture.given).into_iter().chain(words(culture.family)) {
                assert!(crate::auth::email::parse_name(word.native).is_ok(), "{word:?}");
                assert!(!super::super::people::plain(word.latin).is_empty(), "{word:?}");
            }
            assert!(culture.zone.parse::<chrono_tz::Tz>().is_ok(), "{}", culture.zone);
        }
    }
}
