package message

import (
	"bytes"
	"compress/zlib"
	"encoding/asn1"
	"io"
)

// The content types of CMS (RFC 5652, RFC 3274) that hold a message in clear.
func signedData() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2} }

func compressedData() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 9}
}

// maxInflated bounds what compressed data may become, in octets.
const maxInflated = 64 << 20

// cmsContent returns the message within signed or compressed data. Whether the
// signature is right is not looked at.
func cmsContent(b []byte) ([]byte, bool) {
	info := sequence(b)
	if len(info) < 2 || len(info[1].children()) == 0 {
		return nil, false
	}
	fields := info[1].children()[0].children()
	switch {
	case info[0].is(signedData()) && len(fields) > 2:
		return content(fields[2].children())
	case info[0].is(compressedData()) && len(fields) > 2:
		packed, ok := content(fields[2].children())
		if !ok {
			return nil, false
		}
		r, err := zlib.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, false
		}
		out, _ := io.ReadAll(io.LimitReader(r, maxInflated))
		return out, len(out) > 0
	}
	return nil, false
}

// content reads an EncapsulatedContentInfo: a type, and octets where they are not
// elsewhere.
func content(fields []element) ([]byte, bool) {
	if len(fields) < 2 {
		return nil, false
	}
	inner := fields[1].children()
	if len(inner) == 0 {
		return nil, false
	}
	out := inner[0].octets(nil, 0)
	return out, len(out) > 0
}

// An element is one of BER (X.690): of DER, and what longer messages are written in,
// whose lengths are not known beforehand.
type element struct {
	tag         byte
	constructed bool
	body        []byte
}

const (
	tagOID     = 6
	maxBER     = 10000 // elements of a sequence
	maxBERDeep = 16
)

func (e element) is(id asn1.ObjectIdentifier) bool {
	want, err := asn1.Marshal(id)
	return err == nil && e.tag == tagOID && len(want) > 2 && bytes.Equal(e.body, want[2:])
}

func (e element) children() []element {
	if !e.constructed {
		return nil
	}
	return elements(e.body)
}

// octets joins the pieces of an octet string.
func (e element) octets(out []byte, depth int) []byte {
	if !e.constructed {
		return append(out, e.body...)
	}
	if depth < maxBERDeep {
		for _, c := range e.children() {
			out = c.octets(out, depth+1)
		}
	}
	return out
}

// sequence returns the elements of the sequence that b begins with.
func sequence(b []byte) []element {
	e, _, ok := readElement(b, 0)
	if !ok {
		return nil
	}
	return e.children()
}

func elements(b []byte) (list []element) {
	for len(b) > 0 && len(list) < maxBER {
		e, n, ok := readElement(b, 0)
		if !ok || e.tag == 0 && len(e.body) == 0 && !e.constructed { // the end of contents
			break
		}
		list = append(list, e)
		b = b[n:]
	}
	return list
}

// readElement reads an element and returns its length. One of indefinite length
// ends with its contents; one that is cut off ends with b.
func readElement(b []byte, depth int) (e element, n int, ok bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f || depth > maxBERDeep {
		return e, 0, false
	}
	e.tag, e.constructed = b[0]&0x1f, b[0]&0x20 != 0
	if b[0]&0xc0 != 0 {
		e.tag = 0xff // of its context
	}
	length, at := int(b[1]), 2
	switch {
	case length == 0x80 && e.constructed:
		for at < len(b) {
			if bytes.HasPrefix(b[at:], []byte{0, 0}) {
				e.body = b[2:at]
				return e, at + 2, true
			}
			_, m, ok := readElement(b[at:], depth+1)
			if !ok {
				break
			}
			at += m
		}
		e.body = b[2:at]
		return e, at, true
	case length > 0x80:
		octets := length - 0x80
		if octets > 4 || len(b) < 2+octets {
			return e, 0, false
		}
		length = 0
		for _, c := range b[2 : 2+octets] {
			length = length<<8 | int(c)
		}
		at += octets
	}
	end := min(at+length, len(b))
	e.body = b[at:end]
	return e, end, true
}
