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
		check(t, "fuzz", r.doc, 1<<20)
	})
}
