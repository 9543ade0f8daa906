// Package ramdir gives tests a folder whose files are in memory, where the system
// has such a place. There fsync costs nothing, which is most of the time of a test that
// opens one database after the other. Processes that die lose nothing there; a power
// cut, after which all is lost, no test can try.
package ramdir

import (
	"os"
	"testing"
)

// enough is how much must be free, in octets: containers may have very little.
const enough = 1 << 30

// New makes a folder that lasts as long as the test.
func New(t testing.TB) string {
	t.Helper()
	if free(place) < enough {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(place, "posthorn-test-*")
	if err != nil {
		return t.TempDir() // it may be closed to us
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
