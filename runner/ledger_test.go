package runner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/meca-lsp/meca-lsp/internal/enginetest"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/runner"
)

// nobody is the owner of no run.
const nobody = "ffffffffffffffff"

// ledgerFolder is a folder of the test's own, which all ledgers use that are made from now on.
func ledgerFolder(t *testing.T) string {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	path, err := runner.LedgerFolder()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// files are the files in a folder.
func files(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, filepath.Join(folder, e.Name()))
	}
	return list
}

func closeLedger(t *testing.T, l *runner.Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// sweep is a watchdog whose process has ended already.
func sweep(t *testing.T, folder, owner string) error {
	t.Helper()
	return runner.Watch(t.Context(), folder, owner, strings.NewReader(""))
}

// abandoned is an engine with all that a run has made, and the file that names it: the engine refused to remove anything.
func abandoned(t *testing.T, folder string) (fake *enginetest.Fake, file string) {
	t.Helper()
	fake = enginetest.NewFake(t)
	for _, route := range []string{enginetest.RouteRemoveContainer, enginetest.RouteRemoveImage} {
		fake.Break(route, enginetest.Faults()["500"])
	}
	dir, err := task.OpenDir(enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src /\nCMD [\"/x\"]\n"}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	ledger := runner.NewLedger(runner.LedgerOptions{})
	defer closeLedger(t, ledger)
	before := files(t, folder)
	r := runner.Run(t.Context(), runner.Job{Engine: fake.Connect(t), Files: dir, Folder: task.Load(dir), Path: "/a", Options: quick(), Ledger: ledger}, func(task.Event) {})
	if !strings.Contains(r.Message, "left in the engine") || len(fake.Left()) != 3 {
		t.Fatalf("left are %q: %s", fake.Left(), r.Message)
	}
	after := slices.DeleteFunc(files(t, folder), func(name string) bool { return slices.Contains(before, name) })
	if len(after) != 1 {
		t.Fatalf("the files are %q", after)
	}
	return fake, after[0]
}

// mend lets an engine remove things again.
func mend(fake *enginetest.Fake) {
	fake.Break(enginetest.RouteRemoveContainer, nil)
	fake.Break(enginetest.RouteRemoveImage, nil)
}

// TestLedgerOfARun makes sure that a run's file is there while it goes on, locked, and gone afterwards.
func TestLedgerOfARun(t *testing.T) {
	folder := ledgerFolder(t)
	fake := enginetest.NewFake(t)
	ledger := runner.NewLedger(runner.LedgerOptions{})
	defer closeLedger(t, ledger)
	dir, err := task.OpenDir(enginetest.Folder(t, "", enginetest.Files{"Dockerfile": "FROM scratch\nCOPY src /\nCMD [\"/x\"]\n"}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	during := 0
	r := runner.Run(t.Context(), runner.Job{Engine: fake.Connect(t), Files: dir, Folder: task.Load(dir), Path: "/a", Options: quick(), Ledger: ledger}, func(e task.Event) {
		if e.Phase == task.PhaseAnswer && e.Stream == "" {
			during = len(files(t, folder))
			if err := sweep(t, folder, nobody); err != nil {
				t.Error(err)
			}
		}
	})
	if r.Outcome != task.Passed || during != 1 || len(files(t, folder)) != 0 || len(fake.Left()) != 0 {
		t.Errorf("%s: %d files, then %q, left are %q", r.Message, during, files(t, folder), fake.Left())
	}
	info, err := os.Stat(folder)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v %v", info.Mode(), err)
	}
}

// TestSweep removes what a run left: not while the engine cannot, nor while it does not answer, and then all of it, by several at once.
func TestSweep(t *testing.T) {
	folder := ledgerFolder(t)
	fake, file := abandoned(t, folder)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v %v", info.Mode(), err)
	}
	if err := sweep(t, folder, nobody); err == nil || len(files(t, folder)) != 1 {
		t.Errorf("the engine removes nothing: %v, %q", err, files(t, folder))
	}
	mend(fake)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := sweep(t, folder, nobody); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(files(t, folder)) != 0 || len(fake.Left()) != 0 {
		t.Errorf("left are %q and %q", files(t, folder), fake.Left())
	}
}

// TestSweepOfAnother leaves files alone that it can do nothing about: of another machine, of a later version, of an engine that is not
// there, with another's name. After a month it gives them up.
func TestSweepOfAnother(t *testing.T) {
	folder := ledgerFolder(t)
	fake, file := abandoned(t, folder)
	mend(fake)
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"machine":  strings.Replace(string(sound), `"machine":"`+host+`"`, `"machine":"another"`, 1),
		"version":  strings.Replace(string(sound), `"version":1`, `"version":2`, 1),
		"engine":   strings.Replace(string(sound), `"engine":"unix://`, `"engine":"unix:///nowhere`, 1),
		"endpoint": strings.Replace(string(sound), `"engine":"unix:`, `"engine":"\u001b[31m`, 1),
		"owner":    strings.Replace(string(sound), `"owner":"`, `"owner":"0`, 1),
		"empty":    "",
		"garbage":  "\x00\xff{}\n[]\nnull\n",
	} {
		t.Run(name, func(t *testing.T) {
			if content == string(sound) {
				t.Fatal("nothing was changed")
			}
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_ = sweep(t, folder, nobody) // what it says is for nobody
			if len(files(t, folder)) != 1 || len(fake.Left()) != 3 {
				t.Errorf("left are %q and %q", files(t, folder), fake.Left())
			}
			long := time.Now().Add(-31 * 24 * time.Hour)
			if err := os.Chtimes(file, long, long); err != nil {
				t.Fatal(err)
			}
			if err := sweep(t, folder, nobody); err != nil || len(files(t, folder)) != 0 || len(fake.Left()) != 3 {
				t.Errorf("%v, left are %q and %q", err, files(t, folder), fake.Left())
			}
		})
	}
	// What is no file of ours stays, whatever it is.
	link := filepath.Join(folder, filepath.Base(file))
	if err := os.Symlink(filepath.Join(t.TempDir(), "x"), link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sweep(t, folder, nobody); err == nil || len(files(t, folder)) != 2 {
		t.Errorf("%v, left are %q", err, files(t, folder))
	}
}

// TestKept keeps containers: of a command line, until the folder's next run; of a server, until its end at the latest.
func TestKept(t *testing.T) {
	folder := ledgerFolder(t)
	for _, outlive := range []bool{true, false} {
		fake := enginetest.NewFake(t)
		engine := fake.Connect(t)
		keep := func(l *runner.Ledger, path string) {
			if _, err := runner.RunAndKeep(t.Context(), runner.Job{Engine: engine, Path: path, Ledger: l}, runner.Container{}, "sha256:x"); err != nil {
				t.Fatal(err)
			}
		}
		count := func(n int, when string) {
			t.Helper()
			if len(fake.Left()) != n || len(files(t, folder)) != n {
				t.Errorf("outlive %v, %s: left are %q and %q", outlive, when, fake.Left(), files(t, folder))
			}
		}
		reclaim := func(l *runner.Ledger, path string) {
			t.Helper()
			if err := l.Reclaim(t.Context(), path); err != nil {
				t.Error(err)
			}
		}
		one := runner.NewLedger(runner.LedgerOptions{Outlive: outlive})
		keep(one, "/a")
		keep(one, "/b")
		count(2, "while they are kept")
		reclaim(one, "/a")
		count(1, "after the next run in the process")
		keep(one, "/a")
		two := runner.NewLedger(runner.LedgerOptions{Outlive: true})
		keep(two, "/c") // it has a folder now
		reclaim(two, "/a")
		count(3, "after the next run in another process")
		closeLedger(t, one)
		if outlive {
			if err := sweep(t, folder, nobody); err != nil {
				t.Error(err)
			}
			count(3, "after the end of the command line")
			reclaim(two, "/b")
			count(2, "after the next run in another process, later")
			reclaim(two, "/a")
		} else if err := sweep(t, folder, nobody); err != nil {
			t.Error(err)
		}
		count(1, "at last")
		reclaim(two, "/c")
		count(0, "at the very last")
		closeLedger(t, two)
	}
}

// TestLeftoverForged has containers that say that they are a dead run's. Only those go that are.
func TestLeftoverForged(t *testing.T) {
	session, owner := strings.Repeat("5", 32), strings.Repeat("0", 16)
	head := `{"begin":{"version":1,"owner":"` + owner + `","session":"` + session + `"}}` + "\n" + `{"create":"sha256:ours"}` + "\n"
	create := func(fake *enginetest.Fake, image, session, owner string) string {
		body, err := json.Marshal(map[string]any{"Image": image, "Labels": map[string]string{"org.meca-lsp.session": session, "org.meca-lsp.owner": owner}})
		if err != nil {
			t.Fatal(err)
		}
		return fake.CreateFrom(bytes.NewReader(body))
	}
	for _, noted := range []bool{true, false} {
		fake := enginetest.NewFake(t)
		ours := create(fake, "sha256:ours", session, owner)
		others := []string{
			create(fake, "sha256:theirs", session, owner),
			create(fake, "sha256:ours", session, strings.Repeat("1", 16)),
			create(fake, "sha256:ours", strings.Repeat("6", 32), owner),
		}
		lines := head
		if noted {
			for _, id := range append(others[1:], ours) {
				lines += `{"created":"` + id + `"}` + "\n"
			}
		}
		// One that is made while the others are looked at is nobody's leftover.
		fake.Break(enginetest.RouteInspect, func(http.ResponseWriter, *http.Request, int) bool {
			others = append(others, create(fake, "sha256:theirs", session, owner))
			return false
		})
		if err := runner.ClearLeftover(t.Context(), fake.Connect(t), strings.NewReader(lines)); err != nil {
			t.Error(err)
		}
		left := fake.Left()
		for _, id := range others {
			if !slices.Contains(left, "container "+id) {
				t.Errorf("noted %v: a container is gone that is not the run's", noted)
			}
		}
		if len(left) != len(others) {
			t.Errorf("noted %v: left are %q", noted, left)
		}
	}
}

// TestLeftoverCut cuts the file of a run at every line, and within it. Whatever it is cut to, nothing is removed but what the run made.
// That the whole file removes all of it is for TestSweep.
func TestLeftoverCut(t *testing.T) {
	folder := ledgerFolder(t)
	fake, file := abandoned(t, folder)
	mend(fake)
	lines, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	engine := fake.Connect(t)
	ours := fake.Left()
	fake.CreateFrom(strings.NewReader(`{"Image": "theirs"}`))
	fake.BuildMessages() // another's images
	foreign := slices.DeleteFunc(fake.Left(), func(thing string) bool { return slices.Contains(ours, thing) })
	for n, c := range lines {
		if c == '\n' || n%50 == 0 { // before the container is named, its image is in use, which is no more than said
			_ = runner.ClearLeftover(t.Context(), engine, bytes.NewReader(lines[:n]))
			_ = runner.ClearLeftover(t.Context(), engine, bytes.NewReader(lines[:n+1]))
		}
	}
	left := fake.Left()
	for _, thing := range foreign {
		if !slices.Contains(left, thing) {
			t.Errorf("%s is gone", thing)
		}
	}
	if len(foreign) != 3 || len(left) == len(foreign)+len(ours) {
		t.Errorf("left are %q", left)
	}
}

// FuzzLeftover reads any bytes as a run's file. It removes nothing that is not named, and ends.
func FuzzLeftover(f *testing.F) {
	f.Add([]byte(`{"begin":{"version":1,"owner":"a","session":"b"}}` + "\n" + `{"before":["0123456789ab"]}` + "\n" +
		`{"build":{"stream":"Step 1/2 : FROM scratch"}}` + "\n" + `{"build":{"stream":" ---\u003e 000000000001\n"}}` + "\n" +
		`{"name":"meca-lsp/x:1","reused":true}` + "\n" + `{"create":"x"}` + "\n" + `{"created":"y"}` + "\n" + `{"kept":"for-good"}` + "\n"))
	f.Add([]byte(`{"again":true}` + "\n" + `{"build":{"failed":true}}` + "\n{\"settled\":true}\n"))
	f.Fuzz(func(t *testing.T, lines []byte) {
		engine := &onlyLooking{t: t}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_ = runner.ClearLeftover(ctx, engine, bytes.NewReader(lines)) // it may say what it likes
	})
}

// onlyLooking is an engine that holds things of others, and none of any run.
type onlyLooking struct {
	runner.Engine
	t *testing.T
}

var foreignImage = runner.Image{ID: "sha256:" + strings.Repeat("e", 64), Names: []string{"theirs:1"}}

func (o *onlyLooking) Images(context.Context) ([]runner.Image, error) {
	return []runner.Image{foreignImage}, nil
}

func (o *onlyLooking) Find(context.Context, string) ([]string, error) { return []string{"theirs"}, nil }

func (o *onlyLooking) Inspect(context.Context, string) (runner.State, error) {
	return runner.State{Session: "\x00none", Owner: "\x00none", Image: []string{"\x00none"}}, nil
}

func (o *onlyLooking) RemoveImage(_ context.Context, name string) error {
	if name == foreignImage.ID || slices.Contains(foreignImage.Names, name) {
		o.t.Errorf("an image of others was removed: %s", name)
	}
	return runner.ErrNotFound
}

func (o *onlyLooking) Remove(_ context.Context, id string) error {
	o.t.Errorf("a container was removed: %s", id)
	return nil
}
