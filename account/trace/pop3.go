package trace

import "strings"

// pop3 is a dialogue of RFC 1939.
type pop3 struct {
	d     *Dialogue
	auth  bool     // a login is going on
	asked []string // commands whose answers are still to come
	list  bool     // a list is coming, up to a dot
}

func (x *pop3) sent(l line) {
	if x.auth {
		x.d.client.say(cut)
		return
	}
	verb, args, _ := strings.Cut(l.head, " ")
	verb = strings.ToUpper(verb)
	show := l.shown()
	switch verb {
	case "PASS", "APOP":
		show = verb + " " + cut
	case "AUTH":
		mechanism, initial, _ := strings.Cut(args, " ")
		if show = strings.TrimSpace(verb + " " + mechanism); initial != "" {
			show += " " + cut
		}
		x.auth = mechanism != ""
	}
	if args == "" && (verb == "LIST" || verb == "UIDL" || verb == "CAPA" || verb == "AUTH") {
		verb = "list"
	}
	x.asked = append(x.asked, verb)
	x.d.client.say(show)
}

func (x *pop3) received(l line) {
	status, _, _ := strings.Cut(strings.ToUpper(l.head), " ")
	ok := status == "+OK"
	switch {
	case x.list:
		x.list = l.head != "."
		x.d.server.say(l.shown())
		return
	case ok, status == "-ERR":
	case x.auth && strings.HasPrefix(status, "+"):
		x.d.server.say("+ " + cut)
		return
	default: // no answer: perhaps a part of a message
		x.d.server.say(octets(int64(len(l.head) + l.more)))
		return
	}
	x.auth = false
	x.d.server.say(l.shown())
	if len(x.asked) == 0 {
		return // the greeting
	}
	verb := x.asked[0]
	x.asked = x.asked[1:]
	switch {
	case ok && (verb == "RETR" || verb == "TOP"):
		x.d.server.message()
	case ok && verb == "list":
		x.list = true
	}
}
