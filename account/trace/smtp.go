package trace

import (
	"fmt"
	"strings"
)

// smtp is a dialogue of RFC 5321.
type smtp struct {
	d    *Dialogue
	auth bool // a login is going on
	data bool // DATA was said
}

func (x *smtp) sent(l line) {
	if x.auth {
		x.d.client.say(cut)
		return
	}
	verb, args, _ := strings.Cut(l.head, " ")
	show := l.shown()
	switch strings.ToUpper(verb) {
	case "AUTH":
		mechanism, initial, _ := strings.Cut(args, " ")
		if show = "AUTH " + mechanism; initial != "" {
			show += " " + cut
		}
		x.auth = true
	case "DATA":
		x.data = true
	case "BDAT":
		var n int64
		if _, err := fmt.Sscan(args, &n); err == nil && n > 0 {
			x.d.client.skip = n
			show += " " + octets(n)
		}
	}
	x.d.client.say(show)
}

func (x *smtp) received(l line) {
	if len(l.head) < 3 || strings.Trim(l.head[:3], "0123456789") != "" {
		x.d.server.say(octets(int64(len(l.head) + l.more)))
		return
	}
	show := l.shown()
	last := len(l.head) == 3 || l.head[3] != '-'
	switch code := l.head[:3]; {
	case x.auth && code == "334":
		show = "334 " + cut
	case x.auth && last:
		x.auth = false
	case x.data && last:
		x.data = false
		if code == "354" {
			x.d.client.message()
		}
	}
	x.d.server.say(show)
}
