package lsp

import (
	"maps"
	"path/filepath"
	"strings"

	"github.com/meca-lsp/meca-lsp/diagnostics"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// settingsFile is a settings file on the disk, in the editor, or both; the editor's text counts. It is immutable.
type settingsFile struct {
	home     *place  // its folder, which may be no task folder, as far as an edit needs one
	disk     *string // nil where the disk has none
	file     *text.File
	rules    diagnostics.Settings
	findings []diagnostics.Finding // nil where the editor's text got lost
}

func isSettings(name string) bool { return filepath.Base(name) == diagnostics.SettingsFile }

// settingsFor are the settings files that count for a task folder, the nearest first: those in it and in the folders above it, up to
// the innermost folder of the workspace. Outside the workspace it is the one in it alone: what lies above was not opened by anybody.
func (s *snapshot) settingsFor(dir string) (names []string) {
	top := ""
	for _, r := range s.roots {
		if inside(r.path, dir) && len(r.path) > len(top) {
			top = r.path
		}
	}
	if top == "" {
		top = dir
	}
	for at := dir; ; at = filepath.Dir(at) {
		names = append(names, filepath.Join(at, diagnostics.SettingsFile))
		if at == top || at == filepath.Dir(at) {
			return names
		}
	}
}

// rulesOf are the settings for a task folder. What the client says is the person's own wish, and counts before all files.
func (s *snapshot) rulesOf(dir string) diagnostics.Settings {
	rules := s.configOf(dir).rules
	if len(s.settings) == 0 {
		return rules
	}
	for _, name := range s.settingsFor(dir) {
		if f := s.settings[name]; f != nil {
			rules = rules.Over(f.rules)
		}
	}
	return rules
}

// governs reports whether a settings file counts for any task folder.
func (s *snapshot) governs(name string) bool {
	dir := filepath.Dir(name)
	rooted := s.rooted(dir)
	for p := range s.places.all() {
		if p.dir == dir || rooted && inside(dir, p.dir) {
			return true
		}
	}
	return false
}

// resettle takes up settings that count now for the task folders at and below a directory, "" for all, and has judged anew where that
// makes a difference.
func (d *draft) resettle(below string) {
	for p := range d.places.all() {
		if below != "" && !inside(below, p.dir) {
			continue
		}
		next := *p
		switch next.config = d.configOf(p.dir); {
		case !maps.Equal(p.rules, d.rulesOf(p.dir)):
			d.replace(&next)
		case next.config != p.config:
			d.places.set(&next)
		}
	}
}

// setSettings takes up what the disk has of a settings file; nil means nothing.
func (d *draft) setSettings(name string, disk *string) {
	var before *string
	if old := d.settings[name]; old != nil {
		before = old.disk
	}
	if before == disk || before != nil && disk != nil && *before == *disk {
		return
	}
	d.layOverSettings(name, disk)
}

// openSettings follows a change of an open settings file.
func (d *draft) openSettings(name string) {
	var disk *string
	if old := d.settings[name]; old != nil {
		disk = old.disk
	}
	d.layOverSettings(name, disk)
}

// layOverSettings makes a settings file anew from the disk's text and the open one. A file that counts for no task folder is known
// only as long as it is open.
func (d *draft) layOverSettings(name string, disk *string) {
	old, doc := d.settings[name], d.docs[name]
	if disk != nil && !d.governs(name) {
		disk = nil
	}
	d.touched[name] = true
	d.settings = maps.Clone(d.settings)
	if doc == nil && disk == nil {
		delete(d.settings, name)
		if old != nil && len(old.rules) > 0 {
			d.resettle(filepath.Dir(name))
		}
		return
	}
	dir := filepath.Dir(name)
	next := &settingsFile{disk: disk, home: &place{dir: dir, uri: d.placeURI(dir)}}
	switch {
	case doc == nil:
		next.file = text.New(diagnostics.SettingsFile, *disk)
	default:
		next.file = text.NewOpen(diagnostics.SettingsFile, doc.text, disk != nil && strings.HasPrefix(*disk, text.BOM))
	}
	if next.rules, next.findings = diagnostics.ReadSettings(next.file); doc != nil && doc.lost {
		if next.findings = nil; old != nil {
			next.rules = old.rules
		}
	}
	if d.settings == nil {
		d.settings = map[string]*settingsFile{}
	}
	d.settings[name] = next
	if old == nil || !maps.Equal(old.rules, next.rules) {
		d.resettle(dir)
	}
}

// forgetSettings forgets those of the settings files that count for no task folder any more.
func (d *draft) forgetSettings(of func(name string) bool) {
	for name, f := range d.settings {
		if f.disk != nil && of(name) && !d.governs(name) {
			d.layOverSettings(name, nil)
		}
	}
}

// maxSettings is how much of a settings file is read, in bytes.
const maxSettings = 64 << 10

// readSettings reads settings files of the disk, of which the last one lies in the topmost folder: no link leads out of that. One that
// is not there, or cannot be read, is nil.
func (s *server) readSettings(names []string) map[string]*string {
	read := map[string]*string{}
	top := filepath.Dir(names[len(names)-1])
	dir, err := task.OpenDir(top)
	if err != nil {
		dir = nil
	} else {
		defer func() { _ = dir.Close() }() // it was only read
	}
	for _, name := range names {
		read[name] = nil
		if rel, ok := relative(top, name); ok && dir != nil {
			if content, err := dir.ReadText(rel, maxSettings); err == nil {
				read[name] = &content
			}
		}
	}
	return read
}

// takeUp reads the settings files that count for a directory, and makes a change together with them: a task folder is never judged
// before its settings are known.
func (s *server) takeUp(cause, dir string, change func(d *draft)) {
	s.settingsReads.Lock()
	defer s.settingsReads.Unlock()
	settings := s.readSettings(s.session.snapshot().settingsFor(dir))
	s.session.apply(cause, func(d *draft) {
		change(d)
		for name, content := range settings {
			d.setSettings(name, content)
		}
	})
}

// loadSettings reads a settings file that the disk may have anew. One that counts for no task folder does not matter.
func (s *server) loadSettings(name string) {
	at := s.session.snapshot()
	if at.settings[name] != nil || at.governs(name) {
		s.takeUp(causeSettings, filepath.Dir(name), func(*draft) {})
	}
}
