package render

import (
	"bytes"
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
)

// A Security is what a message is protected by, as far as its form tells: nothing
// is decrypted or verified.
type Security struct{ Encrypted, Signed bool }

// Protection tells whether a message is encrypted and whether it is signed:
// PGP/MIME (RFC 3156), S/MIME (RFC 8551), or OpenPGP armour within its text (RFC
// 9580, section 6). Attached messages do not count.
func Protection(m *message.Message) Security {
	s := Security{Encrypted: isEncrypted(m, m.Root)}
	for p, use := range m.Root.Uses(nil) {
		switch {
		case p.Type == "multipart/signed":
			s.Signed = true
		case smime(m, p) == signedData:
			s.Signed = true
		case p.Type == "application/pgp" && strings.Contains(p.Params["x-action"], "sign"):
			s.Signed = true
		case use == mail.Shown && armoured(m, p, "-----BEGIN PGP SIGNED MESSAGE-----"):
			s.Signed = true
		}
	}
	return s
}

func isEncrypted(m *message.Message, root *mail.Part) bool {
	for p, use := range root.Uses(nil) {
		switch {
		case p.Type == "multipart/encrypted", p.Type == "application/pgp-encrypted":
			return true
		case smime(m, p) == envelopedData:
			return true
		case p.Type == "application/pgp" && strings.Contains(p.Params["x-action"], "encrypt"):
			return true
		case (use == mail.Shown || p.Type == "application/pgp") && armoured(m, p, "-----BEGIN PGP MESSAGE-----"):
			return true
		}
	}
	return false
}

// A cms is the kind of a CMS object (RFC 5652).
type cms int

const (
	noCMS cms = iota
	signedData
	envelopedData
)

// smime tells what an S/MIME part holds: what its type says, else what its object
// begins with.
func smime(m *message.Message, p *mail.Part) cms {
	switch {
	case strings.HasSuffix(p.Opened, "pkcs7-mime"):
		return signedData // else there would be nothing to see in it
	case p.Type != "application/pkcs7-mime" && p.Type != "application/x-pkcs7-mime":
		return noCMS
	}
	switch strings.ToLower(p.Params["smime-type"]) {
	case "signed-data":
		return signedData
	case "enveloped-data", "authenveloped-data":
		return envelopedData
	case "certs-only", "compressed-data":
		return noCMS
	}
	head := m.Head(p.Path, 64)
	switch {
	case bytes.Contains(head, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")):
		return signedData
	case len(head) > 0 && !bytes.Contains(head, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03")) && !bytes.Contains(head, []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17")):
		return noCMS
	}
	return envelopedData
}

// armoured reports whether a line of a text part, of that which is shown of it,
// begins an OpenPGP block.
func armoured(m *message.Message, p *mail.Part, mark string) bool {
	for rest := m.Head(p.Path, maxText); ; {
		n := bytes.Index(rest, []byte(mark))
		if n < 0 {
			return false
		}
		if n == 0 || rest[n-1] == '\n' || rest[n-1] == '>' { // at the beginning of a line, or of an HTML element
			return true
		}
		rest = rest[n+len(mark):]
	}
}
