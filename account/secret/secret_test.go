package secret

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

// Every store that can be written to gives back what was put in.
func TestStores(t *testing.T) {
	keyring.MockInit()
	for name, s := range map[string]Store{
		"keyring": Keyring{},
		"file":    File{Path: filepath.Join(t.TempDir(), "deep", "s.age"), Passphrase: func() (string, error) { return "open", nil }, WorkFactor: 10},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			if _, err := s.Get(ctx, "a", "password"); !errors.Is(err, ErrNotFound) {
				t.Errorf("an empty store gives %v", err)
			}
			if err := errors.Join(s.Set(ctx, "a", "password", "one"), s.Set(ctx, "b", "password", "two"), s.Set(ctx, "a", "password", "three")); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Get(ctx, "a", "password"); got != "three" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
			if err := errors.Join(s.Delete(ctx, "a", "password"), s.Delete(ctx, "a", "password")); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Get(ctx, "a", "password"); !errors.Is(err, ErrNotFound) {
				t.Errorf("a deleted secret gives %v", err)
			}
			if got, err := s.Get(ctx, "b", "password"); got != "two" || err != nil {
				t.Errorf("another one became %q, %v", got, err)
			}
		})
	}
}

func TestNoKeyring(t *testing.T) {
	keyring.MockInitWithError(errors.New("exec: dbus-launch: not found"))
	_, err := Keyring{}.Get(context.Background(), "a", "password")
	var h interface{ Hint() string }
	if !errors.Is(err, ErrUnavailable) || !errors.As(err, &h) || !strings.Contains(h.Hint(), "--password-command") {
		t.Errorf("got %v", err)
	}
}

func TestFileKeepsItsSecret(t *testing.T) {
	f := File{Path: filepath.Join(t.TempDir(), "s.age"), Passphrase: func() (string, error) { return "open", nil }, WorkFactor: 10}
	if err := f.Set(context.Background(), "a", "password", "hunter2"); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(f.Path)
	if err != nil || strings.Contains(string(raw), "hunter2") {
		t.Errorf("the file holds %q, %v", raw, err)
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	f.Passphrase = func() (string, error) { return "wrong", nil }
	if _, err := f.Get(context.Background(), "a", "password"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a wrong passphrase gives %v", err)
	}
}

func TestCommand(t *testing.T) {
	for name, tt := range map[string]struct{ line, want, wrong string }{
		"first line": {"printf 'secret\\nmore\\n'", "secret", ""},
		"spaces":     {"echo ' a b '", " a b ", ""},
		"fails":      {"echo no such entry >&2; exit 3", "", "no such entry"},
		"nothing":    {"true", "", "printed nothing"},
		"hangs":      {"sleep 60", "", "did not end"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Command{Line: tt.line, Wait: 500 * time.Millisecond}.Get(context.Background(), "a", "password")
			if got != tt.want || (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
