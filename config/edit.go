package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"posthorn/internal/atomicfile"
	"posthorn/internal/disk"
)

// AddAccount adds an account at the end of the file. What stands there already,
// comments included, stays as it is.
func AddAccount(path string, a Account) error {
	return edit(path, func(text string) (string, error) {
		var b bytes.Buffer
		enc := toml.NewEncoder(&b)
		enc.SetIndentTables(false)
		if err := enc.Encode(struct {
			Accounts []Account `toml:"account"`
		}{[]Account{a}}); err != nil {
			return "", err
		}
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		if text != "" {
			text += "\n"
		}
		return text + b.String(), nil
	})
}

// RemoveAccount removes an account, and a default that names it.
func RemoveAccount(path, name string) error {
	return edit(path, func(text string) (string, error) {
		c, err := parse(path, []byte(text))
		if err != nil {
			return "", err
		}
		blocks := splitAccounts(text)
		for i, a := range c.Accounts {
			if a.Name == name && i+1 < len(blocks) {
				blocks[i+1] = ""
				if c.Default == name {
					blocks[0] = dropKey(blocks[0], "default")
				}
				return strings.Join(blocks, ""), nil
			}
		}
		return "", fmt.Errorf("there is no account %q", name)
	})
}

// SetDefault names the account that mail is sent from.
func SetDefault(path, name string) error {
	return edit(path, func(text string) (string, error) {
		blocks := splitAccounts(text)
		return fmt.Sprintf("default = %q\n", name) + dropKey(blocks[0], "default") + strings.Join(blocks[1:], ""), nil
	})
}

// splitAccounts returns what stands before the first account, and then the text
// of each account.
func splitAccounts(text string) []string {
	blocks := []string{""}
	for l := range strings.Lines(text) {
		t := strings.ReplaceAll(strings.TrimSpace(l), " ", "")
		other := strings.HasPrefix(t, "[") && t != "[[account]]" && !strings.HasPrefix(t, "[account.") && !strings.HasPrefix(t, "[[account.")
		if t == "[[account]]" || other && len(blocks) > 1 {
			blocks = append(blocks, "")
		}
		blocks[len(blocks)-1] += l
	}
	return blocks
}

func dropKey(text, key string) string {
	var b strings.Builder
	table := false
	for l := range strings.Lines(text) {
		table = table || strings.HasPrefix(strings.TrimSpace(l), "[")
		if name, _, ok := strings.Cut(l, "="); ok && !table && strings.TrimSpace(name) == key {
			continue
		}
		b.WriteString(l)
	}
	return b.String()
}

// edit changes the file's text and puts it in the place of the old at once, if
// the new one makes sense.
func edit(path string, change func(string) (string, error)) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read the configuration: %w", disk.Explain(path, err))
	}
	text, err := change(string(old))
	if err != nil {
		return fmt.Errorf("change the configuration: %w", err)
	}
	if _, err := parse(path, []byte(text)); err != nil {
		return fmt.Errorf("change the configuration: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("change the configuration: %w", disk.Explain(path, err))
	}
	if err := atomicfile.Write(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("change the configuration: %w", err)
	}
	return nil
}
