package knownfault

import (
	"os"
	"strings"
	"testing"
)

// tried is set in the process in which TestTried is what Held is tried on.
const tried = "POSTHORN_KNOWN_FAULT_TRIED"

func TestHeld(t *testing.T) {
	for _, c := range []struct{ test, want string }{
		{"fails", "known fault X"},
		{"fails in part/of two", "known fault X"},
		{"panics", "known fault X"},
		{"passes", "X is mended: take its mark away"},
		{"fails otherwise", "X fails in another way"},
		{"skips", "X did not run"},
	} {
		t.Run(c.test, func(t *testing.T) {
			out, err := run("TestTried/"+strings.ReplaceAll(c.test, " ", "_"), tried+"=1")
			if !strings.Contains(out, c.want) {
				t.Errorf("it says\n%swant %q", out, c.want)
			}
			if held := strings.HasPrefix(c.want, "known fault"); held != (err == nil) {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}

func TestTried(t *testing.T) {
	if os.Getenv(tried) == "" {
		return
	}
	t.Run("fails", func(t *testing.T) {
		Held(t, "X", "the letter is gone")
		t.Fatal("the letter is gone")
	})
	t.Run("fails in part", func(t *testing.T) {
		t.Run("of two", func(t *testing.T) {
			Held(t, "X", "one.*of two")
			t.Error("one of two")
		})
	})
	t.Run("panics", func(t *testing.T) {
		Held(t, "X", "panic: lost")
		panic("lost")
	})
	t.Run("passes", func(t *testing.T) {
		Held(t, "X", "anything")
	})
	t.Run("fails otherwise", func(t *testing.T) {
		Held(t, "X", "the letter is gone")
		t.Fatal("no such file")
	})
	t.Run("skips", func(t *testing.T) {
		Held(t, "X", "anything")
		t.Skip("not here")
	})
}
