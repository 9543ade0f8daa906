package client

import (
	"testing"

	"posthorn/mail"
)

// An envelope says of a message what its header does, also where the server took
// encoded words apart or the header is not as it should be.
func TestEnvelopeIsTheHeader(t *testing.T) {
	for name, tt := range map[string]struct{ from, want string }{
		"a comma in a word":        {`((NIL NIL "=?utf-8?Q?Firma" "MISSING_DOMAIN")("_Inc.?=" NIL "a" "b.c")("D" NIL "d" "e.f"))`, `"Firma, Inc." <a@b.c>, D <d@e.f>`},
		"a comma, told otherwise":  {`((NIL NIL "=?utf-8?Q?Firma" NIL)("_Inc.?=" NIL "a" "b.c")(NIL NIL NIL NIL))`, `"Firma: Inc." <a@b.c>`},
		"names with signs beside":  {`((NIL NIL "=?utf-8?Q?A" ".MISSING-HOST-NAME.")("_B?=" NIL "a" "b.c")("Roe, Ann" NIL "d" "e.f"))`, `"A, B" <a@b.c>, "Roe, Ann" <d@e.f>`},
		"a local part with blanks": {`((NIL NIL "john doe" "b.c"))`, `"john doe"@b.c`},
		"no domain":                {`((NIL NIL "root" "MISSING_DOMAIN")("Ann" NIL "ann" NIL)("Ben" NIL "ben" ""))`, `root, Ben <ben>`},
		"a group":                  {`((NIL NIL "friends" NIL)("A" NIL "a" "b.c")(NIL NIL NIL NIL))`, `A <a@b.c>`},
	} {
		t.Run(name, func(t *testing.T) {
			list := fetched(t, `S: * 1 FETCH (UID 1 ENVELOPE (NIL NIL `+tt.from+` NIL NIL NIL NIL NIL NIL NIL))`)
			if got := mail.FormatAddresses(list[0].Envelope.From); got != tt.want {
				t.Errorf("from %s, want %s", got, tt.want)
			}
		})
	}
}

// Ids, transfer encodings and dispositions are those that a parsed message has.
func TestEncodedFields(t *testing.T) {
	list := fetched(t, `S: * 1 FETCH (UID 1 ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL "=?utf-8?q?=3Ca=40b=3E?=" "=?utf-8?q?=3Cc=40d=3E?=") `+
		`BODYSTRUCTURE ("text" "plain" NIL NIL NIL "base64 (x)" 5 1 NIL ("=?utf-8?q?attachment;_filename=3Da.txt?=" NIL) NIL))`)
	e, p := list[0].Envelope, list[0].Structure
	if len(e.InReplyTo) != 1 || e.InReplyTo[0] != "a@b" || e.MessageID != "c@d" {
		t.Errorf("the ids are %q, %q", e.InReplyTo, e.MessageID)
	}
	if p.Encoding != "base64" || p.Disposition != "attachment" || p.Name != "a.txt" {
		t.Errorf("the part is %+v", p)
	}
}

// Octets that name no charset are in that of the text, wherever it is told.
func TestEnvelopeWithoutCharset(t *testing.T) {
	const koi = "\xe9\xd7\xc1\xce" // Иван
	envelope := `ENVELOPE (NIL "` + koi + `" (("` + koi + `" NIL "a" "b.c")) NIL NIL NIL NIL NIL NIL NIL)`
	structure := `BODYSTRUCTURE ("text" "plain" ("charset" "koi8-r") NIL NIL "8bit" 5 1)`
	for _, items := range []string{envelope + " " + structure, structure + " " + envelope, envelope} {
		e := fetched(t, "S: * 1 FETCH (UID 1 "+items+")")[0].Envelope
		if e.Subject != "Иван" || mail.FormatAddresses(e.From) != "Иван <a@b.c>" {
			t.Errorf("subject %q, from %q", e.Subject, mail.FormatAddresses(e.From))
		}
	}
}
