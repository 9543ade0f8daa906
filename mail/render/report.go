package render

import (
	"fmt"
	"strings"

	"posthorn/mail/message"
)

// maxReported bounds the recipients of a report that are named.
const maxReported = 50

// deliveryStatus says in plain words whom a message did not reach, and why (RFC
// 3464). Recipients of one fate are named together.
func (r *renderer) deliveryStatus(body []byte) {
	var fates, who []string
	named, others := 0, 0
	for _, h := range fieldBlocks(body) {
		name := after(h.Get("Final-Recipient"))
		if name == "" {
			name = after(h.Get("Original-Recipient"))
		}
		if name == "" {
			continue
		}
		if named++; named > maxReported {
			others++
			continue
		}
		if f := fate(h); len(fates) == 0 || f != fates[len(fates)-1] {
			fates, who = append(fates, f), append(who, name)
		} else {
			who[len(who)-1] += ", " + name
		}
	}
	for i, f := range fates {
		what, why, _ := strings.Cut(f, ": ")
		text := "The message " + what + " " + who[i]
		if why != "" {
			text += ": " + why
		}
		r.say(Warning, text)
	}
	if others > 0 {
		r.note(fmt.Sprintf("the report names %d more recipients", others))
	}
}

// fate says what became of the message for a recipient, and why.
func fate(h message.Header) string {
	what := map[string]string{
		"failed": "was not delivered to", "delayed": "is delayed on its way to", "delivered": "was delivered to",
		"relayed": "was passed on to", "expanded": "was passed on to the list", "deliverable": "can be delivered to",
	}[strings.ToLower(strings.TrimSpace(h.Get("Action")))]
	if what == "" {
		what = "is reported on for"
	}
	why := after(h.Get("Diagnostic-Code"))
	if why == "" {
		why = strings.TrimSpace(h.Get("Status"))
	}
	return what + ": " + why
}

// disposition says in plain words what a recipient did with a message (RFC
// 8098).
func (r *renderer) disposition(body []byte) {
	for _, h := range fieldBlocks(body) {
		who, did := after(h.Get("Final-Recipient")), after(h.Get("Disposition"))
		if did == "" {
			continue
		}
		if who == "" {
			who = "the recipient"
		}
		did, _, _ = strings.Cut(strings.ToLower(did), "/")
		switch did {
		case "displayed":
			did = "was shown to"
		case "deleted":
			did = "was deleted by"
		case "dispatched", "processed":
			did = "was passed on by"
		case "denied":
			did = "may or may not have been read; no receipt is given by"
		case "failed":
			did = "could not be handled by"
		default:
			did = fmt.Sprintf("was %q by", did)
		}
		r.say(Marker, "The message "+did+" "+who+".")
	}
}

// attachedHeader shows the header of the message that a report is about.
func (r *renderer) attachedHeader(body []byte) {
	blocks := fieldBlocks(body)
	if len(blocks) == 0 {
		return
	}
	m := message.Assemble([]byte(strings.TrimSpace(string(body))+"\n\n"), nil, nil)
	r.blank()
	r.rule()
	r.envelope(&m.Envelope)
}

// fieldBlocks reads blocks of header fields with empty lines between them.
func fieldBlocks(body []byte) (blocks []message.Header) {
	text := strings.ReplaceAll(string(body[:min(len(body), 1<<20)]), "\r\n", "\n")
	for block := range strings.SplitSeq(text, "\n\n") {
		if block = strings.Trim(block, "\n"); block != "" {
			blocks = append(blocks, message.Assemble([]byte(block+"\n\n"), nil, nil).Header)
		}
	}
	return blocks
}

// after returns what follows the type before a semicolon.
func after(s string) string {
	if _, v, ok := strings.Cut(s, ";"); ok {
		return strings.TrimSpace(v)
	}
	return strings.TrimSpace(s)
}
