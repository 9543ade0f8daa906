package lab

import (
	"os"
	"strings"
	"testing"
)

// Need starts servers for a test and stops them with it. Where they are missing,
// or with -short, it says that the test is left out; where POSTHORN_E2E is
// "required", it is a failure that they are missing.
func Need(t testing.TB, o Options) *Servers {
	t.Helper()
	if testing.Short() {
		t.Skip("left out: starts servers, with -short")
	}
	if m := Missing(o); len(m) > 0 {
		if os.Getenv("POSTHORN_E2E") == "required" {
			t.Fatalf("missing here: %s", strings.Join(m, ", "))
		}
		t.Skipf("left out: missing here: %s", strings.Join(m, ", "))
	}
	s, err := Start(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}
