package ramdir

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNew(t *testing.T) {
	var dir string
	t.Run("use", func(t *testing.T) {
		dir = New(t)
		if other := New(t); other == dir {
			t.Errorf("%s is given twice", dir)
		}
		if err := os.WriteFile(filepath.Join(dir, "a"), []byte("x"), 0o600); err != nil {
			t.Error(err)
		}
	})
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s stays: %v", dir, err)
	}
}
