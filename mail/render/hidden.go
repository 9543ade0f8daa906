package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A look is what style declarations say of an element, as far as it matters to
// text.
type look struct {
	hidden bool // it and all in it
	shown  bool // it says how it is displayed, whatever a style sheet says
	tall   bool // it takes room although there may be nothing in it
	font   font
	white  white
	gap    gap
	marker string // of a list
}

// A font is what declarations say of the size of text. Unlike what hides an
// element, it can be taken back by elements within: newsletters set it to
// nothing around their columns.
type font uint8

const (
	fontUnsaid font = iota
	fontSeen
	fontTiny
)

// A white says what white space means (CSS Text, section 3).
type white uint8

const (
	whiteUnsaid white = iota
	whiteNormal
	whiteKept   // pre, pre-wrap: every space and line end stands
	whiteLines  // pre-line: line ends stand
	whiteNoWrap // nowrap: lines break nowhere else
)

// A gap says whether there is room above and below a block.
type gap uint8

const (
	gapUnsaid gap = iota
	gapNone
	gapSome
)

// minRoom is the height in pixels from which room is taken for an empty line.
const minRoom = 8

// look returns what the attributes of an element and the style sheets say of it.
func (b *builder) look(tag atom.Atom, attr []html.Attribute) look {
	var inline, sheet look
	if len(b.sheet) > 0 {
		sheet.add(b.sheet[tag.String()])
	}
	for _, a := range attr {
		switch a.Key {
		case "hidden":
			inline.hidden = true
		case "nowrap":
			sheet.white = whiteNoWrap
		case "style":
			l := declared(a.Val)
			l.hidden = l.hidden || inline.hidden
			inline = l
		case "class":
			if len(b.sheet) == 0 {
				continue
			}
			for c := range strings.FieldsSeq(a.Val) {
				sheet.add(b.sheet["."+c])
				sheet.add(b.sheet[tag.String()+"."+c])
			}
		case "id":
			sheet.add(b.sheet["#"+a.Val])
		}
	}
	if !inline.shown {
		inline.hidden = inline.hidden || sheet.hidden
	}
	hidden := inline.hidden
	sheet.add(inline)
	sheet.hidden = hidden
	return sheet
}

// add adds what declarations say that count more.
func (l *look) add(m look) {
	l.hidden, l.tall = l.hidden || m.hidden, l.tall || m.tall
	if m.font != fontUnsaid {
		l.font = m.font
	}
	if m.white != whiteUnsaid {
		l.white = m.white
	}
	if m.gap != gapUnsaid {
		l.gap = m.gap
	}
	if m.marker != "" {
		l.marker = m.marker
	}
}

// declared reads style declarations.
func declared(style string) (l look) {
	flat, clipped := false, false
	var room room
	for decl := range strings.SplitSeq(strings.ToLower(style), ";") {
		name, value, _ := strings.Cut(decl, ":")
		name = strings.TrimSpace(name)
		value = strings.TrimSpace(strings.Replace(value, "!important", "", 1))
		switch name {
		case "display":
			l.hidden, l.shown = value == "none", value != "none"
		case "visibility":
			l.hidden = l.hidden || value == "hidden"
		case "opacity":
			l.hidden = l.hidden || length(value) == 0
		case "font-size":
			if n := length(value); n >= 0 {
				l.font = fontSeen
				if n <= 2 {
					l.font = fontTiny
				}
			}
		case "height", "max-height", "min-height":
			flat = flat || length(value) == 0
			l.tall = l.tall || name != "max-height" && pixels(value) >= minRoom
		case "overflow":
			clipped = value == "hidden"
		case "white-space":
			l.white = whiteOf(value)
		case "list-style", "list-style-type":
			l.marker = markerOf(value)
		default:
			room.declare(name, value)
		}
	}
	l.gap = room.gap()
	l.hidden = l.hidden || flat && clipped
	return l
}

func whiteOf(value string) white {
	switch value {
	case "pre", "pre-wrap", "break-spaces", "-moz-pre-wrap":
		return whiteKept
	case "pre-line":
		return whiteLines
	case "nowrap":
		return whiteNoWrap
	case "normal":
		return whiteNormal
	}
	return whiteUnsaid
}

// markerOf returns how a style marks the items of a list, as the attribute type
// would say it.
func markerOf(value string) string {
	for word := range strings.FieldsSeq(value) {
		switch word {
		case "none":
			return "none"
		case "decimal", "decimal-leading-zero":
			return "1"
		case "lower-alpha", "lower-latin":
			return "a"
		case "upper-alpha", "upper-latin":
			return "A"
		case "lower-roman":
			return "i"
		case "upper-roman":
			return "I"
		case "disc", "circle", "square":
			return "disc"
		}
	}
	return ""
}

// A room is the margin and the padding of a block, above and below.
type room struct {
	margin, padding [2]float64 // -1 where nothing is said
	said            bool
}

func (r *room) declare(name, value string) {
	if !r.said && (strings.HasPrefix(name, "margin") || strings.HasPrefix(name, "padding")) {
		r.said = true
		r.margin = [2]float64{-1, -1}
	}
	sides := strings.Fields(value)
	switch {
	case len(sides) == 0:
		return
	case name == "margin-top":
		r.margin[0] = pixels(value)
	case name == "margin-bottom":
		r.margin[1] = pixels(value)
	case name == "padding-top":
		r.padding[0] = pixels(value)
	case name == "padding-bottom":
		r.padding[1] = pixels(value)
	case name == "margin", name == "padding":
		both := [2]float64{pixels(sides[0]), pixels(sides[0])}
		if len(sides) > 2 {
			both[1] = pixels(sides[2])
		}
		if name == "margin" {
			r.margin = both
		} else {
			r.padding = both
		}
	}
}

func (r *room) gap() gap {
	switch {
	case !r.said:
		return gapUnsaid
	case max(r.margin[0], r.margin[1], r.padding[0], r.padding[1]) >= minRoom:
		return gapSome
	case r.margin[0] >= 0 && r.margin[1] >= 0:
		return gapNone
	}
	return gapUnsaid
}

// pixels returns a height in pixels, 0 for one that depends on others.
func pixels(v string) float64 {
	v = strings.TrimSpace(v)
	if v == "" || strings.HasSuffix(v, "%") || v[0] < '0' || v[0] > '9' {
		return 0
	}
	return max(length(v), 0)
}

// length returns a size in pixels, -1 where it is none. Sizes relative to others
// and in words are some size.
func length(v string) float64 {
	number := strings.TrimRight(v, "abcdefghijklmnopqrstuvwxyz%")
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case v == "inherit" || v == "":
		return -1
	case err != nil:
		return 16
	case n > 0 && n <= 3 && number != v && v[len(number)] != 'p':
		return n * 16
	}
	return n
}

// styleSheet returns what the style sheets of a document say of elements, classes
// and ids on every screen: rules within @media do not count.
func styleSheet(text string) map[string]look {
	set := map[string]look{}
	if indexFold(text, "<style") < 0 {
		return set
	}
	z := html.NewTokenizer(strings.NewReader(text))
	for style := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			return set
		case html.StartTagToken:
			name, _ := z.TagName()
			style = string(name) == "style"
		case html.TextToken:
			if style {
				readSheet(uncomment(string(z.Raw())), set)
			}
			style = false
		}
	}
}

// uncomment removes the comments of a style sheet.
func uncomment(css string) string {
	if !strings.Contains(css, "/*") && !strings.Contains(css, "<!--") {
		return css
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(css, "/*")
		b.WriteString(before)
		if !ok {
			break
		}
		_, css, _ = strings.Cut(rest, "*/")
	}
	return strings.NewReplacer("<!--", "", "-->", "").Replace(b.String())
}

// maxRules bounds the rules of style sheets that count.
const maxRules = 20000

// readSheet reads the rules of a style sheet whose selector is one element, class
// or id, or a class with its element. Elements as such are not hidden by it.
func readSheet(css string, set map[string]look) {
	for css != "" {
		selector, rest, ok := strings.Cut(css, "{")
		if !ok {
			return
		}
		selector = strings.TrimSpace(selector[strings.LastIndexAny(selector, "};")+1:])
		if strings.HasPrefix(selector, "@") {
			css = skipBlock(rest)
			continue
		}
		var body string
		body, css, _ = strings.Cut(rest, "}")
		l := declared(body)
		if l.tall = false; l.font == fontSeen {
			l.font = fontUnsaid
		}
		if l.shown = false; l == (look{}) {
			continue
		}
		for s := range strings.SplitSeq(selector, ",") {
			s = strings.TrimSpace(s)
			switch {
			case s == "" || len(set) >= maxRules || strings.ContainsAny(s, " :>[+~*"):
			case strings.ContainsAny(s, ".#"):
				all := set[s]
				all.add(l)
				set[s] = all
			default:
				all := set[s]
				all.add(look{gap: l.gap, white: l.white})
				set[s] = all
			}
		}
	}
}

// skipBlock returns what follows the brace that closes a block.
func skipBlock(s string) string {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[i+1:]
			}
		}
	}
	return ""
}
