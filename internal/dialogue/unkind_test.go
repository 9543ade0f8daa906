package dialogue

import (
	"slices"
	"testing"
)

func TestUnkind(t *testing.T) {
	const script = `
		S: * OK hi
		C: a NOOP
		S: a OK done
		C.
		S: fine`
	var got []string
	for _, v := range Unkind(script, "<tag> OK", "<tag> NO [X] no") {
		got = append(got, v.Name()+": "+v.Script[len("S: * OK hi"):])
	}
	want := []string{
		"NOOP/<tag> NO [X] no: \n\t\tC: a NOOP\nS: a NO [X] no\nC* <tag> OK",
		"NOOP/cut: \n\t\tC: a NOOP\nX",
		"NOOP/mute: \n\t\tC: a NOOP\n",
		"NOOP/cut in the answer: \n\t\tC: a NOOP\nS= \"a OK\"\nX",
	}
	if len(got) != 8 || !slices.Equal(got[:4], want) {
		t.Errorf("there are %d: %q", len(got), got)
	}
}
