package charset

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

func coded(t *testing.T, s string, e encoding.Encoding) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return b
}

// Text without a label is read by its looks, also where there is little of it.
func TestGuess(t *testing.T) {
	for _, tt := range []struct {
		text string
		in   []encoding.Encoding
	}{
		{"Привет", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R}},
		{"привет", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R}},
		{"Иван", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R}},
		{"Встреча завтра", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R}},
		{"Счёт за ноябрь", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R}},
		{"Re: Отчёт за 3 квартал", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R, charmap.ISO8859_5}},
		{"СРОЧНО", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R}},
		{"Новости недели", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R, charmap.ISO8859_5, charmap.CodePage866}},
		{"Привет, как дела?", []encoding.Encoding{charmap.CodePage866}},
		{"Зустріч завтра о дев'ятій", []encoding.Encoding{charmap.Windows1251, charmap.KOI8U}},
		{"Здравейте, как сте днес", []encoding.Encoding{charmap.Windows1251}},
		{"שלום עולם", []encoding.Encoding{charmap.Windows1255, charmap.ISO8859_8}},
		{"שלום", []encoding.Encoding{charmap.Windows1255}},
		{"פגישה מחר בבוקר", []encoding.Encoding{charmap.Windows1255}},
		{"Καλημέρα κόσμε, τι κάνετε σήμερα", []encoding.Encoding{charmap.Windows1253, charmap.ISO8859_7}},
		{"مرحبا بالعالم", []encoding.Encoding{charmap.Windows1256}},
		{"Grüße aus Köln", []encoding.Encoding{charmap.Windows1252}},
		{"Déjà vu, café", []encoding.Encoding{charmap.Windows1252}},
		{"5 € – ok", []encoding.Encoding{charmap.Windows1252}},
		{"Dzień dobry, proszę o pilną odpowiedź, dziękuję bardzo", []encoding.Encoding{charmap.ISO8859_2}},
		{"会议", []encoding.Encoding{simplifiedchinese.GBK}},
		{"明天的会议", []encoding.Encoding{simplifiedchinese.GBK}},
		{"明天的會議", []encoding.Encoding{traditionalchinese.Big5}},
		{"明日の会議について", []encoding.Encoding{japanese.ShiftJIS, japanese.EUCJP, japanese.ISO2022JP}},
		{"안녕하세요", []encoding.Encoding{korean.EUCKR}},
	} {
		for _, e := range tt.in {
			b := coded(t, tt.text, e)
			if got, _ := Decode(b, ""); got != tt.text {
				t.Errorf("%q in %v is read as %q (%s)", tt.text, e, got, Guess(b))
			}
		}
	}
}

// A label is known by all names that are in use.
func TestLabels(t *testing.T) {
	for text, tt := range map[string]struct{ octets, labels string }{
		"é":   {"\xe9", "iso-8859-1 latin1 ISO_8859-1 iso8859-1 8859-1 iso88591 l1 cp1252 windows1252 x-cp1252 win-1252 cp-1252 csISOLatin1 ibm819 iso-ir-100"},
		"€":   {"\xa4", "iso-8859-15 latin9 latin-9 iso8859_15 iso885915 ISO_8859-15 csISOLatin9"},
		"Я":   {"\xdf", "windows-1251 cp1251 win1251 windows1251 x-cp1251 ms-1251 \"windows-1251\" windows-1251;"},
		"я":   {"\xd1", "koi8-r koi8 KOI8R cskoi8r cp20866 koi8-u koi8-ru"},
		"ў":   {"\xae", "koi8-ru"},
		"é\n": {"\x82\n", "cp437 ibm437 437 dos-437 cp850 ibm850 cp852 cp860 cp865 cp863 csPC8CodePage437 cp858 ibm00858 cp857 cp861"},
		"ж":   {"\xa6", "cp866 ibm866 dos-866 cp1125"},
		"α":   {"\x98", "cp737 dos-737"},
		"ą":   {"\xd0", "cp775"},
		"é ":  {"\x8e ", "macintosh mac x-mac-roman macroman x-mac-ce mac-centraleurope maccentraleurope x-mac-turkish mac-icelandic x-mac-greek"},
		"А":   {"\x80", "x-mac-cyrillic maccyrillic x-mac-ukrainian mac-cyrillic ibm866"},
		"ấ":   {"\xa4", "viscii VISCII1.1 csVISCII"},
		"中文":  {"\xd6\xd0\xce\xc4", "gb2312 gbk gb18030 x-gbk cp936 euc-cn gb_2312-80 csGB2312 windows-936 ms936 chinese"},
		"中":   {"\xa4\xa4", "big5 cp950 big5-hkscs cn-big5 x-x-big5 csBig5 windows-950"},
		"한":   {"\xc7\xd1", "euc-kr ks_c_5601-1987 cp949 uhc ksc5601 KS_C_5601 windows-949 csEUCKR korean"},
		"日":   {"\x93\xfa", "shift_jis shift-jis sjis x-sjis cp932 windows-31j ms932 ms_kanji csShiftJIS"},
		"日本":  {"\xc6\xfc\xcb\xdc", "euc-jp eucjp x-euc-jp ujis cp51932 csEUCPkdFmtJapanese"},
		"ก":   {"\xa1", "tis-620 windows-874 iso-8859-11 cp874"},
		"א":   {"\xe0", "iso-8859-8 iso-8859-8-i iso-8859-8-e windows-1255 cp1255 hebrew logical"},
		"ş":   {"\xfe", "iso-8859-9 latin5 windows-1254 cp1254"},
		"č":   {"\xe8", "iso-8859-2 latin2 windows-1250 cp1250 iso8859-2"},
		"қ":   {"\x9d", "kz-1048 rk1048 ptcp154"},
	} {
		for l := range strings.FieldsSeq(tt.labels) {
			if got, ok := Decode([]byte(tt.octets), l); (got != text && !(l == "ptcp154")) || !ok {
				t.Errorf("%q by %q is %q, %v, want %q", tt.octets, l, got, ok, text)
			}
		}
	}
}

// Every name of the WHATWG's table is known.
func TestEveryNameOfTheStandard(t *testing.T) {
	for _, l := range strings.Fields(whatwg) {
		if _, err := htmlindex.Get(l); err != nil {
			t.Fatalf("%q is no name of the standard", l)
		}
		if _, ok := find(l); !ok {
			t.Errorf("%q is not known", l)
		}
	}
}

const whatwg = `unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 866 cp866 csibm866 ibm866 csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2 csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3 csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4 csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988 arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987 csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6 iso-8859-13 iso8859-13 iso885913 iso-8859-14 iso8859-14 iso885914 csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 iso-8859-16 cskoi8r koi koi8 koi8-r koi8_r koi8-ru koi8-u csmacintosh mac macintosh x-mac-roman dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 cp1250 windows-1250 x-cp1250 cp1251 windows-1251 x-cp1251 ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 cp1253 windows-1253 x-cp1253 cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254 cp1255 windows-1255 x-cp1255 cp1256 windows-1256 x-cp1256 cp1257 windows-1257 x-cp1257 cp1258 windows-1258 x-cp1258 x-mac-cyrillic x-mac-ukrainian chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 big5 big5-hkscs cn-big5 csbig5 x-x-big5 cseucpkdfmtjapanese euc-jp x-euc-jp csiso2022jp iso-2022-jp csshiftjis ms_kanji ms932 shift-jis shift_jis sjis windows-31j x-sjis cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949 csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr utf-16be utf-16 utf-16le`

// Charsets that switch, and those that are not of octets.
func TestOtherCharsets(t *testing.T) {
	for label, tt := range map[string]struct{ octets, text string }{
		"iso-2022-jp":   {"a\x1b$BF|K\\8l\x1b(B b\n\x1b$@F|\x1b(J.\x1b(I1\x1b(B", "a日本語 b\n日.ｱ"},
		"iso-2022-jp-2": {"\x1b$A<r\x1b$(CGQ\x1b(B\x1b.A\x1bNi", "简한é"},
		"iso-2022-kr":   {"\x1b$)C\x0e>H3gGO<<?d\x0f ok\n\x0e>H\x0f", "안녕하세요 ok\n안"},
		"iso-2022-cn":   {"\x1b$)A\x0eVPND\x0f ok \x1b$)G\x0eF:}$\x0f \x1b$*H\x1bN\x21\x21", "中文 ok 台灣 乂"},
		"euc-tw":        {"\xc6\xba\xfd\xa4 \x8e\xa2\xa1\xa1", "台灣 乂"},
		"hz-gb-2312":    {"~{VPND~} ok", "中文 ok"},
		"utf-7":         {"+AOQ-", "ä"},
		"utf-16":        {"\xff\xfea\x00\xe4\x00", "aä"},
		"UTF-16":        {"\x00a\x00\xe4", "aä"},
		"UTF16":         {"a\x00\xe4\x00", "aä"},
		"utf-16be":      {"\x00a\x00\xe4", "aä"},
		"utf-16le":      {"a\x00=\xd8\x00\xde", "a😀"},
		"ucs-2":         {"D\x00e\x00s\x00", "Des"},
		"utf-32":        {"\x00\x00\xfe\xff\x00\x00\x00a\x00\x01\xf6\x00", "a😀"},
		"utf-32le":      {"a\x00\x00\x00\xe4\x00\x00\x00", "aä"},
		"viscii":        {"\x02a\xd5", "Ẳaạ"},
		"ibm037":        {"\xc8\x85\x93\x93\x96", "Hello"},
	} {
		if got, ok := Decode([]byte(tt.octets), label); got != tt.text || !ok {
			t.Errorf("%q by %s is %q, %v, want %q", tt.octets, label, got, ok, tt.text)
		}
	}
}

// UTF-8 is seen under any other label, and what is wrong in it costs only itself.
func TestUTF8(t *testing.T) {
	const text = "Sævör grét því úlpan varð ónýt."
	for _, l := range strings.Fields("iso-8859-1 windows-1252 windows-1251 koi8-r gb2312 euc-kr shift_jis big5 iso-8859-8 us-ascii iso-2022-jp utf-7 nonsense") {
		if got, _ := Decode([]byte(text), l); got != text {
			t.Errorf("under %s: %q", l, got)
		}
	}
	english := strings.Repeat("Hello this is a long English text. ", 9)
	for name, tt := range map[string]struct{ octets, label, want string }{
		"one wrong run":        {english + "Gr\xfc\xdfe", "utf-8", english + "Grüße"},
		"beside right ones":    {"Größe, Gr\xfc\xdfe, Größe", "utf-8", "Größe, Grüße, Größe"},
		"without a label":      {"Größe, caf\xe9, Größe", "", "Größe, café, Größe"},
		"cut at the end":       {"Größe, Gr\xc3", "utf-8", "Größe, Gr\ufffd"},
		"cut before a quote":   {"\"чт\xd0\"", "", "\"чт\ufffd\""},
		"quotes of Windows":    {"Größe \x93x\x94", "utf-8", "Größe “x”"},
		"another charset":      {"\xf0\xd2\xc9\xd7\xc5\xd4, \xcb\xc1\xcb \xc4\xc5\xcc\xc1?", "utf-8", "Привет, как дела?"},
		"a letter of Chinese":  {"\xd6\xd0", "gb2312", "中"},
		"one that looks so":    {"\xc4\xa3", "gb2312", "模"},
		"a mark at the begin":  {"\xef\xbb\xbfGröße", "iso-8859-1", "Größe"},
		"ASCII under UTF-16":   {"plain", "utf-16", "plain"},
		"an unknown label":     {"caf\xe9 au lait, d\xe9j\xe0 vu", "x-unknown", "café au lait, déjà vu"},
		"wrong octets in Big5": {"\xa4\xa4\xa4\xe5\xff\xa4\xa4", "big5", "中文\ufffd中"},
		"nothing":              {"", "", ""},
	} {
		if got, _ := Decode([]byte(tt.octets), tt.label); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x1b$)C\x0e>H\x1bN\x1b$*H\x1bN!"), "iso-2022-cn")
	f.Add([]byte("\x8e\xa2\xa1\xa1\xc4"), "euc-tw")
	f.Add([]byte("\xff\xfea"), "utf-16")
	f.Add([]byte("caf\xe9"), "x-mac-ce")
	f.Fuzz(func(t *testing.T, b []byte, label string) {
		if s, _ := Decode(b, label); strings.ToValidUTF8(s, "") != s {
			t.Errorf("%q by %q is %q", b, label, s)
		}
	})
}
