package cache

import (
	"reflect"
	"strings"
	"testing"

	"posthorn/mail"
)

func opened() *mail.Part {
	return &mail.Part{Type: "multipart/mixed", Params: map[string]string{"boundary": "b"}, Parts: []*mail.Part{
		{Path: "1", Type: "text/plain", Encoding: "8bit", Size: 7},
		{Path: "2", Type: "multipart/mixed", Opened: "application/pkcs7-mime", Parts: []*mail.Part{{Path: "2.1", Type: "text/html"}}},
		{Path: "3", Type: "multipart/mixed", Opened: "application/ms-tnef", Name: "winmail.dat"},
	}}
}

func TestStructure(t *testing.T) {
	b := encodeStructure(nil, opened())
	got, err := decodeStructure(b)
	if err != nil || !reflect.DeepEqual(got, opened()) {
		t.Errorf("%+v, %v", got, err)
	}
	for n := range len(b) {
		if _, err := decodeStructure(b[:n]); err == nil && n != len(encodePart(nil, opened())) && n != strings.Index(string(b), "\x04\x13application/ms-tnef") {
			t.Errorf("what is cut off after %d of %d octets is taken for whole", n, len(b))
		}
	}
}

// TestOldStructure reads what was stored before opened parts were noted.
func TestOldStructure(t *testing.T) {
	want := opened()
	want.Walk(func(p *mail.Part) bool { p.Opened = ""; return true })
	got, err := decodeStructure(encodePart(nil, opened()))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}
