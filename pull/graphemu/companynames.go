package graphemu

import "strings"

// The invented people's names, offices and jobs. Names of many scripts, for a
// directory that garbles them is found out late otherwise.

// homeland is where a person's name comes from, and the office they work in.
type homeland struct {
	language string
	office   office
	given    []string
	family   []string
	// familyFirst joins the names without a space, family name first.
	familyFirst bool
}

type office struct {
	building, street, city, state, postalCode, country, countryCode, dial string
}

func (h homeland) full(given, family string) string {
	if h.familyFirst {
		return family + given
	}
	return given + " " + family
}

// latin is given.family in ASCII letters, or "" if the names have none.
func (h homeland) latin(given, family string) string {
	g, f := asciiLetters(given), asciiLetters(family)
	if g == "" || f == "" {
		return ""
	}
	return g + "." + f
}

var plainLetters = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ë", "e", "ï", "i", "ó", "o", "á", "a",
	"í", "i", "ñ", "n", "ç", "c", "å", "a", "ø", "o", "ł", "l", "ż", "z", "ő", "o", "ğ", "g", "ş", "s", "ı", "i")

func asciiLetters(name string) string {
	var letters strings.Builder
	for _, r := range plainLetters.Replace(strings.ToLower(name)) {
		if r >= 'a' && r <= 'z' {
			letters.WriteRune(r)
		}
	}
	return letters.String()
}

var homelands = []homeland{
	{language: "en-GB", office: office{"Thames House", "1 Quay Street", "London", "", "E1 4QS", "United Kingdom", "GB", "+44 20"},
		given:  []string{"Ada", "Grace", "Oliver", "Amelia", "Harry", "Isla", "Noah", "Mary Jane", "Seán", "Zoë"},
		family: []string{"O'Brien", "D'Arcy", "Smith", "Whitfield", "Mac Lir", "Taylor-Jones", "Okafor", "Ng", "Hughes", `"Buzz" Fielding`}},
	{language: "de-DE", office: office{"Haus Nord", "Lindenallee 12", "Hamburg", "Hamburg", "20095", "Germany", "DE", "+49 40"},
		given:  []string{"Jürgen", "Käthe", "Björn", "Anna-Lena", "Götz", "Friederike", "Sören", "Ulrike"},
		family: []string{"Müller", "Groß", "von der Heide", "Schäfer", "Öztürk", "Weiß", "Lütke", "Zu Sayn"}},
	{language: "fi-FI", office: office{"Satama", "Rantatie 3", "Turku", "", "20100", "Finland", "FI", "+358 2"},
		given:  []string{"Väinö", "Aino", "Eero", "Päivi", "Ilmari"},
		family: []string{"Öhman", "Mäkelä", "Hämäläinen", "Korhonen"}},
	{language: "pl-PL", office: office{"Wieża", "ul. Długa 7", "Gdańsk", "pomorskie", "80-827", "Poland", "PL", "+48 58"},
		given:  []string{"Łukasz", "Żaneta", "Wojciech", "Małgorzata"},
		family: []string{"Wójcik", "Ździebło", "Kowalska", "Brzęczyszczykiewicz"}},
	{language: "ru-RU", office: office{"Бизнес-центр", "ул. Морская, 5", "Казань", "Татарстан", "420111", "Russia", "RU", "+7 843"},
		given:  []string{"Анна", "Фёдор", "Екатерина", "Юрий"},
		family: []string{"Щербакова", "Толстой", "Йванова", "Жуков"}},
	{language: "ar-AE", office: office{"برج الميناء", "شارع الخليج", "دبي", "", "00000", "United Arab Emirates", "AE", "+971 4"},
		given:  []string{"محمد", "فاطمة", "يوسف", "ليلى"},
		family: []string{"الهاشمي", "بن سعيد", "العلي", "حداد"}},
	{language: "he-IL", office: office{"מגדל הנמל", "רחוב הים 9", "חיפה", "", "3303100", "Israel", "IL", "+972 4"},
		given:  []string{"דוד", "רחל", "נועה"},
		family: []string{"לוי", "בן-דוד", "כהן"}},
	{language: "zh-CN", office: office{"港务大厦", "滨海路 88 号", "上海", "上海", "200001", "China", "CN", "+86 21"},
		given: []string{"伟", "芳", "小龙", "秀英"}, family: []string{"王", "李", "欧阳", "张"}, familyFirst: true},
	{language: "ja-JP", office: office{"みなとビル", "港町 1-2-3", "横浜市", "神奈川県", "220-0011", "Japan", "JP", "+81 45"},
		given: []string{"太郎", "花子", "さくら", "翔"}, family: []string{"佐藤", "髙橋", "渡邉", "𠮷田"}, familyFirst: true},
	// The marks are combining ones: the same letters as precomposed, other bytes.
	{language: "vi-VN", office: office{"Tháp Cảng", "12 Đường Biển", "Đà Nẵng", "", "550000", "Vietnam", "VN", "+84 236"},
		given:  []string{"Nguye\u0302\u0303n", "Ho\u0302\u0300ng", "Thu\u031b\u01a1ng"},
		family: []string{"Tra\u0302\u0300n", "Le\u0302", "Pha\u0323m"}},
	{language: "fr-FR", office: office{"Le Phare", "8 quai de l'Île", "Marseille", "Provence-Alpes-Côte d'Azur", "13002", "France", "FR", "+33 4"},
		given:  []string{"Zoé", "Loïc", "Françoise", "Jean-Baptiste", "Chloë"},
		family: []string{"d'Aubigné", "L'Hôpital", "Lefèvre", "de La Fontaine"}},
}

var departments = []string{
	"Engineering", "Sales", "Marketing", "Finance", "Legal", "Human Resources", "Research & Development",
	"Customer Support", "IT", "Logistics", "Harbour Operations", "Vertrieb, Süd", "営業部", "Отдел кадров",
}

var jobTitles = []string{
	"Engineer", "Senior Engineer", "Account Executive", "Controller", "Counsel", "Recruiter", "Team Lead",
	"Head of Unit", "Analyst", "Crane Operator", "Chief \"Fixer\"", "Sachbearbeiter:in", "Chargé d'affaires",
}

var employeeTypes = []string{"Employee", "Employee", "Employee", "Contractor", "Intern", "Vendor"}

var orgData = []map[string]string{
	{"division": "Ports", "costCenter": "4711"},
	{"division": "Rail", "costCenter": "4712"},
	{"division": "Corporate", "costCenter": "1000"},
}

// groupNames are the first groups, whose nesting has a shape worth a name.
var groupNames = []string{
	"Everyone", "All Hands", "Diamond Top", "Diamond Left", "Diamond Right", "Diamond Bottom",
	"Loop One", "Loop Two", "Loop Three", "Harbour crew", "Büro München", "プロジェクト港", "Команда «Юг»", "فريق الميناء",
}

var groupKinds = []string{"Team", "Readers", "Owners", "Project", "On-call", "Licences", "Office", "Guild"}
