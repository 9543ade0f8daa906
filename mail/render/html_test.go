package render

import (
	"strings"
	"testing"
)

// show returns how a piece of HTML reads at a width.
func show(html string, width int) string {
	r := newRenderer(Options{Width: width})
	r.html(html)
	return r.doc.Text()
}

// Text is hidden in many ways.
func TestHiddenText(t *testing.T) {
	for _, open := range []string{
		`<div style="display:none">`, `<div style="DISPLAY : NONE !important">`, `<span style="font-size:0px">`, `<div hidden>`,
		`<div style="max-height:0;overflow:hidden">`, `<div style="visibility: hidden">`, `<p style="opacity:0">`, `<p style="font-size:1px">`,
		`<style>.a, .pre { color: red; display: none }</style><div class="x pre">`, `<style>/* .b{} */ div.c{display:none}</style><div class=c>`,
		`<style>#d{font-size:0}</style><div id=d>`, `<div style="display:none"><div style="display:block">`,
	} {
		if got := show(open+"secret</div></div></span><p>seen</p>", 80); strings.Contains(got, "secret") {
			t.Errorf("%s shows %q", open, got)
		}
	}
}

// And what looks hidden is not always.
func TestShownText(t *testing.T) {
	for _, html := range []string{
		`<style>@media (max-width:600px) { .a { display: none } }</style><p class=a>seen</p>`,
		`<div style="font-size:0"><div style="font-size:13px">seen</div></div>`,
		`<a style="mso-hide:all">seen</a>`,
		`<style>.a{display:none}</style><p class=a style="display:block">seen</p>`,
		`<style>.a .b{display:none}</style><p class=b>seen</p>`,
		`<p style="font-size:1em">seen</p>`, `<p style="font-size:inherit">seen</p>`, `<p style="font-size:small">seen</p>`,
		`<!--[if mso]>hidden<![endif]--><![if !mso]>seen<![endif]>`,
	} {
		if got := show(html, 80); !strings.Contains(got, "seen") {
			t.Errorf("%s shows %q", html, got)
		}
	}
}

func TestTables(t *testing.T) {
	for name, tt := range map[string]struct {
		html  string
		width int
		want  string
	}{
		"figures": {`<table border=1><tr><th>Item<th>Price<tr><td>Tea<td>5.00<tr><td>Pot<td>112.50</table>`, 60, `
Item   Price
────────────
Tea     5.00
Pot   112.50
`},
		"wrapped": {`<table border=1><tr><th>What<th>Why<tr><td>Tea<td>because it is good and warms the hands</table>`, 24, `
What  Why
────────────────────────
Tea   because it is good
      and warms the
      hands
`},
		"too wide": {`<table border=1><tr><th>Host<th>Address<tr><td>mail-17.example.org<td>2001:db8::1:2:3:4<tr><td>mail-18.example.org<td>-</table>`, 24, `
Host:
mail-17.example.org
Address:
2001:db8::1:2:3:4

Host:
mail-18.example.org
Address: -
`},
		"aligned": {`<table><tr><td>Subtotal<td>10<tr><td>Shipping to you<td>2</table>`, 60, `
Subtotal         10
Shipping to you  2
`},
		"empty columns": {`<table><tr><td>a<td> <td>b<tr><td>c<td><td>d</table>`, 60, `
a  b
c  d
`},
		"across": {`<table border=1><tr><th>A<th>B<tr><td colspan=2>all of it<tr><td>1<td>2</table>`, 60, `
A  B
────
all of it
1  2
`},
		"layout": {`<table><tr><td><h1>Shop</h1><td><p>Menu</p></table><table><tr><td><p>One</p><p>two</p></table>`, 60, `
Shop

Menu

One

two
`},
		"side by side": {`<table><tr><td>left<td>right</table>`, 60, "\nleft  right\n"},
		"nested":       {`<table><tr><td><table><tr><td>in<td>side</table><td>out</table>`, 60, "\nin  side\nout\n"},
		"hidden":       {`<table><tr style="display:none"><td>a<tr><td style="display:none">b<td>c</table>`, 60, "\nc\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := "\n" + show(tt.html, tt.width); got != tt.want {
				t.Errorf("got%swant%s", got, tt.want)
			}
		})
	}
}

func TestLists(t *testing.T) {
	for html, want := range map[string]string{
		`<ol start=9><li>i<li>j</ol>`:                                 "9. i\n10. j\n",
		`<ol><li>a<ol><li>x<li>y</ol><li value=5>b<li>c`:              "1. a\n   1. x\n   2. y\n5. b\n6. c\n",
		`<ol type=a start=26><li>y<li>z</ol>`:                         "z. y\naa. z\n",
		`<ol type=I><li>a<li>b<li value=9>c</ol>`:                     "I. a\nII. b\nIX. c\n",
		`<ol style="list-style-type: lower-roman"><li>a<li>b</ol>`:    "i. a\nii. b\n",
		`<ul style="list-style:none"><li>a<li>b</ul>`:                 "  a\n  b\n",
		"<p>x</p>\n<ul>\n<li>a</li>\n<li><p>b</p></li>\n</ul>":        "x\n\n• a\n• b\n",
		`<ul><li>a<ul><li>b</ul></ul>`:                                "• a\n  • b\n",
		`<dl><dt>t<dd>d</dl>`:                                         "t\n    d\n",
		`<p>x<sup>2</sup>, H<sub>2</sub>O, 1<sup>st</sup>, <q>so</q>`: "x², H₂O, 1st, “so”\n",
	} {
		if got := show(html, 60); got != want {
			t.Errorf("%s shows\n%swant\n%s", html, got, want)
		}
	}
}

func TestPictures(t *testing.T) {
	for html, want := range map[string]string{
		`<p>x<img src="http://a/1.gif" width=1 height=1></p>`:                            "x\n",
		`<p>x<img src="http://a/1.gif" alt="A map"></p>`:                                 "x[A map]\n",
		`<p>x<img src="http://a/1.gif" alt="12"></p>`:                                    "x\n",
		`<p>x<img src="cid:1"></p>`:                                                      "x[picture]\n",
		`<img src="http://a/1.jpg"><br><a href="http://b/"><img src=http://a/2.jpg></a>`: "[picture]\n[picture][1]\n",
	} {
		if got := show(html, 60); got != want {
			t.Errorf("%s shows %q, want %q", html, got, want)
		}
	}
	r := newRenderer(Options{})
	r.html(`<img src="http://a/1.jpg"><img src="https://a/2.jpg"><img src="cid:3">`)
	if r.doc.Remote != 2 {
		t.Errorf("%d pictures lie elsewhere, want 2", r.doc.Remote)
	}
}

// A person would write it down like this.
func TestHTML(t *testing.T) {
	for name, tt := range map[string]struct{ html, want string }{
		"spaces that stay": {`<p>See <b>this</b>&nbsp;word and <a href="http://a.example/">http://a.example/</a>&nbsp;now. A&nbsp;<i>b</i>&nbsp;c.</p>`,
			"See this word and http://a.example/ now. A b c.\n"},
		"indented by them":       {`<p>a<br>&nbsp; &nbsp;b<br>&nbsp;c</p>`, "a\n   b\n c\n"},
		"empty lines of them":    {`<div>a</div><div>&nbsp;</div><div>b</div>`, "a\n\nb\n"},
		"empty paragraphs":       {`<p>a</p><p>&nbsp;</p><p>b</p>`, "a\n\nb\n"},
		"pre-wrap":               {`<div style="white-space:pre-wrap">def f():` + "\n    return 1\n\nx</div>y", "def f():\n    return 1\n\nx\ny\n"},
		"pre":                    {"<pre>\na\tb\n  c\n\n\nd</pre>", "a       b\n  c\n\n\nd\n"},
		"pre-line":               {`<p style="white-space: pre-line">a   b` + "\n c</p>", "a b\nc\n"},
		"normal within":          {`<pre>a  b<span style="white-space:normal">c  d</span></pre>`, "a  bc d\n"},
		"linked picture":         {`<p>See <a href="http://x.example/a"><img src="http://x/b.png"></a> here</p>`, "See [picture][1] here\n"},
		"named by its file":      {`<p>See <a href="http://x.example/a"><img src="http://x/facebook.png?x=1"></a> here</p>`, "See [facebook.png][1] here\n"},
		"beside words":           {`<p><a href="http://x.example/a"><img src="http://x/facebook.png">Like</a></p>`, "Like[1]\n"},
		"spacer rows":            {`<table role=presentation><tr><td>One.</td></tr><tr><td>&nbsp;</td></tr><tr><td>Two.</td></tr><tr><td height=20></td></tr><tr><td>Three</td></tr><tr><td></td></tr><tr><td>Four</td></tr></table>`, "One.\n\nTwo.\n\nThree\nFour\n"},
		"spacer by style":        {`<table><tr><td><h1>One</h1><tr><td style="font-size:0;height:20px">&nbsp;<tr><td><div>Two</div><tr><td><img src=x width=1 height=20><tr><td><div>Three</div></table>`, "One\n\nTwo\n\nThree\n"},
		"room":                   {`<div style="margin-bottom:16px">a</div><div>b</div>`, "a\n\nb\n"},
		"no room":                {`<style>p.x, li {margin:0cm}</style><p class=x>a</p><p class=x>b</p>`, "a\nb\n"},
		"misnested":              {`<p><b>x<p>y</b>z</p><i>w</i>`, "x\n\nyz\n\nw\n"},
		"bold across":            {`<b><p>x</b>y</p>`, "xy\n"},
		"unclosed":               {`<div><span><table><tr><td>a<tr><td>b`, "a\nb\n"},
		"before a table":         {`<table>x<tr><td>a<td>b<tr><td>c<td>d</table>`, "x\na  b\nc  d\n"},
		"quote in one piece":     {`<blockquote><p>a</p><blockquote>b</blockquote><p>c</p></blockquote><blockquote>d</blockquote>e`, "> a\n>\n>> b\n>\n> c\n>\n> d\n\ne\n"},
		"one link, one number":   {`<a href="http://x/">a</a> <a href="http://x/">b</a> <a href="http://y.example/">y.example</a> <a href="http://z/">c</a>`, "a[1] b[1] y.example c[2]\n"},
		"nothing to follow":      {`<p>a <a href="http://x/"></a><a name=b>b</a></p>`, "a b\n"},
		"nowrap":                 {`<p>aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa <span style="white-space:nowrap">bbbb bbbb bbbb bbbb</span></p>`, "aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa\nbbbb bbbb bbbb bbbb\n"},
		"svg that is not closed": {`<svg><text>x<p>a</p>`, "a\n"},
		"select":                 {`a<select><option>b</select>c`, "ac\n"},
	} {
		if got := show(tt.html, 60); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// However deep HTML is nested, and whatever is left open, it is read.
func TestDeepHTML(t *testing.T) {
	for name, tt := range map[string]struct{ begin, end string }{
		"divs": {"<div>", "</div>"}, "open divs": {"<div>", ""}, "spans": {"<span>", "</span>"}, "tables": {"<table><tr><td>", "</table>"},
		"open tables": {"<table><tr><td>", ""}, "quotes": {"<blockquote>", "</blockquote>"}, "lists": {"<ul><li>", "</ul>"}, "bold": {"<b>", "</b>"},
		"hidden within": {"<div><p style='display:none'>secret</p>", "</div>"}, "unknown": {"<x-y>", "</x-y>"}, "fonts": {"<font size=1>", ""},
	} {
		for _, n := range []int{1, 200, 260, 10000} {
			got := show("first "+strings.Repeat(tt.begin, n)+"inner "+strings.Repeat(tt.end, n)+"last", 60)
			words := strings.Fields(strings.NewReplacer(">", "", "•", "").Replace(got))
			if strings.Join(words, " ") != "first inner last" {
				t.Errorf("%d %s: %.300q", n, name, got)
			}
		}
	}
}

// What is hidden deep below is hidden as well.
func TestDeepHidden(t *testing.T) {
	for _, html := range []string{"<div style=display:none>secret", "<p hidden>secret", "<x-y style='font-size:0'>secret", "<style>x</style><span style='visibility:hidden'>secret"} {
		if got := show(strings.Repeat("<div>", 5000)+html, 60); strings.Contains(got, "secret") {
			t.Errorf("%s shows %q", html, got)
		}
	}
}

func TestEnriched(t *testing.T) {
	const text = "<bold>Now</bold> is the\ntime for <<all>\n\n<color><param>red</param>red</color> & <excerpt>quoted</excerpt>"
	if got, want := show(enriched(text), 60), "Now is the time for <all>\nred &\n\n> quoted\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("<table><tr><td>a<td>b</table><ul><li>x<ol><li>y</ul><pre> a\tb\n</pre><blockquote>q<br>r")
	f.Add("<a href='https://x/\x1b'>\x9b</a><style>.a{display:none}@media{.b{display:none}}</style>")
	f.Add("<table border=1><tr><th colspan=2>a<th>b<tr><td>1<td>2<td>3<tr><td colspan=9>x</table><ol start=99999999999>")
	f.Add("<a href=http://a.b><div>www.c.d</div></a><sup>2</sup><q>x</q><dl><dt>a<dd>b</dl><img src=cid:1>")
	f.Fuzz(func(t *testing.T, s string) {
		r := newRenderer(Options{Width: 30})
		r.html(s)
		check(t, "fuzz", r.doc, 30)
	})
}
