package runner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"

	"github.com/meca-lsp/meca-lsp/internal/task"
)

// labelImage marks the images of ours that stay in the engine. Containers have other labels, so that one of a person's own that is
// started from such an image is not taken for ours.
const labelImage = "org.meca-lsp.image"

// keptBuilds is how many builds of a folder stay in the engine: the last one, and two that an undone change may come back to.
const keptBuilds = 3

// A keptName is the name of an image that a build left in the engine. It says all that is needed to find it again, and to remove it
// with what was made for it: no record outside the engine can be lost.
//
//	meca-lsp/TASK-FOLDER:KEY-RUN-MADE       the image of the task
//	meca-lsp/TASK-FOLDER:KEY-RUN-MADE-sN    the end of a stage that is no part of it, or of a build that failed: for the builder's cache
type keptName struct {
	task   string // from name.txt
	folder string // folderID
	key    string // buildKey
	run    string // the beginning of its session: two runs at once may build the same, and neither takes the other's name
	made   int    // how many images the build made, this one and those it was built on; more may be there from before
	stage  int    // 0 for the image of the task
}

func (k keptName) String() string {
	name := fmt.Sprintf("%s%s-%s:%s-%s-%d", ownName, k.task, k.folder, k.key, k.run, k.made)
	if k.stage > 0 {
		name += fmt.Sprintf("-s%d", k.stage)
	}
	return name
}

var keptPattern = regexp.MustCompile(`^` + ownName + `([a-z0-9-]+)-([0-9a-f]{8}):([0-9a-f]{16})-([0-9a-f]{8})-([0-9]{1,6})(?:-s([0-9]{1,6}))?$`)

func parseKept(name string) (k keptName, ok bool) {
	m := keptPattern.FindStringSubmatch(name)
	if m == nil {
		return keptName{}, false
	}
	k = keptName{task: m[1], folder: m[2], key: m[3], run: m[4]}
	k.made, _ = strconv.Atoi(m[5])  // the pattern has it a number
	k.stage, _ = strconv.Atoi(m[6]) // or nothing, which is 0
	return k, true
}

// folderID tells one folder of one machine from others: an engine may serve several.
func folderID(path string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "" // the path tells enough
	}
	sum := sha256.Sum256([]byte(host + "\x00" + path))
	return hex.EncodeToString(sum[:4])
}

// buildKey tells one build from another: by the builder, by what is sent to it, and by the images that it takes something from.
func buildKey(builder task.Builder, context []byte, needs []string, images []Image) string {
	sum := sha256.New()
	if builder == task.BuilderBuildKit {
		fmt.Fprintln(sum, builder)
	}
	_, _ = sum.Write(context) // it never fails
	for _, name := range needs {
		fmt.Fprintf(sum, "%q %s\n", name, imageID(name, images))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// imageID is the id of the image that a Dockerfile names; "" where the engine does not have it.
func imageID(name string, images []Image) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return ""
	}
	familiar := reference.FamiliarString(reference.TagNameOnly(named))
	for _, image := range images {
		if slices.Contains(image.Names, familiar) {
			return image.ID
		}
	}
	return ""
}

// findKept finds the task's image that a build left; "" where there is none.
func findKept(images []Image, folder, key string) string {
	for _, image := range images {
		for _, name := range image.Names {
			if k, ok := parseKept(name); ok && k.folder == folder && k.key == key && k.stage == 0 {
				return image.ID
			}
		}
	}
	return ""
}

// keep gives names to what a build has made, so that the next one can go on from it: to the task's image, if the build came off, and
// to the last image of every other chain. A build that another program was in the way of may have made more than is seen, and a
// failed one is not worth an error.
func (r *run) keep(ctx context.Context) error {
	images, err := r.made.list(ctx, r.engine)
	if err != nil {
		return fmt.Errorf("the engine does not list its images: %w", err)
	}
	name := keptName{
		task: r.imageName(), folder: folderID(r.path), key: buildKey(r.opts.Builder, r.made.digest, r.needs(), images), run: r.session[:8],
	}
	r.key = name.key
	chains := chainsOf(r.made.mine(images), images)
	if r.made.final != "" {
		name.made = chains[r.made.final]
		if err := r.keepOne(ctx, r.made.final, name); err != nil {
			return err
		}
		delete(chains, r.made.final)
	}
	for id, made := range chains {
		name.stage, name.made = name.stage+1, made
		if err := r.keepOne(ctx, id, name); err != nil {
			return err
		}
	}
	r.made.kept = true
	return nil
}

// keepOne names one image.
func (r *run) keepOne(ctx context.Context, id string, name keptName) error {
	r.entry.naming(name.String(), true)
	if err := r.engine.Tag(ctx, id, name.String()); err != nil {
		return fmt.Errorf("the engine does not name the image: %w", err)
	}
	return nil
}

// needs are the images that the folder's Dockerfile names.
func (r *run) needs() []string {
	if d := r.folder.Dockerfile(); d != nil {
		return d.Images()
	}
	return nil
}

// chainsOf gives, of some images, those that none of the others is built on, with the number of those that they are built on in turn,
// themselves among them.
func chainsOf(ids []string, images []Image) map[string]int {
	parents := map[string]string{}
	for _, image := range images {
		if slices.Contains(ids, image.ID) {
			parents[image.ID] = image.Parent
		}
	}
	chains := map[string]int{}
	for id := range parents {
		isEnd := true
		for _, parent := range parents {
			isEnd = isEnd && parent != id
		}
		if isEnd {
			for at := id; slices.Contains(ids, at) && chains[id] <= len(ids); at = parents[at] {
				chains[id]++
			}
		}
	}
	return chains
}

// A keptBuild is what one build left: images with the number that was made for each.
type keptBuild struct {
	key   string
	at    int64 // when its newest image was made, in seconds
	names map[string]keptImage
}

type keptImage struct {
	id   string
	made int
}

// keptBuildsOf finds the builds of some folders that are in the engine, the newest first.
func keptBuildsOf(images []Image, wanted func(folder string) bool) []*keptBuild {
	builds := map[string]*keptBuild{}
	for _, image := range images {
		for _, name := range image.Names {
			k, ok := parseKept(name)
			if !ok || !wanted(k.folder) {
				continue
			}
			id := k.folder + k.key
			b := builds[id]
			if b == nil {
				b = &keptBuild{key: k.key, names: map[string]keptImage{}}
				builds[id] = b
			}
			b.names[name] = keptImage{image.ID, k.made}
			b.at = max(b.at, image.Created.Unix())
		}
	}
	list := make([]*keptBuild, 0, len(builds))
	for _, b := range builds {
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b *keptBuild) int {
		return cmp.Or(cmp.Compare(b.at, a.at), strings.Compare(a.key, b.key))
	})
	return list
}

// prune removes what older builds of the folder left.
func (r *run) prune(ctx context.Context) error {
	images, err := r.engine.Images(ctx)
	if err != nil {
		return err
	}
	left := keptBuilds - 1 // beside the one of this run
	folder := folderID(r.path)
	for _, b := range keptBuildsOf(images, func(other string) bool { return other == folder }) {
		switch {
		case b.key == r.key:
		case left > 0:
			left--
		default:
			if err := b.remove(ctx, r.engine, images); err != nil {
				return fmt.Errorf("an image of an earlier build may be left in the engine: %w", unlessLate(err))
			}
		}
	}
	return nil
}

// remove removes what the build left. All of it is left to the runs that use it before it loses its names: an engine takes the last
// name from an image that another build has gone on from, and says nothing, and the image would be nobody's.
func (b *keptBuild) remove(ctx context.Context, engine Engine, images []Image) error {
	if err := leave(ctx, engine, b.chains(images)); err != nil {
		return err
	}
	for name := range b.names {
		if err := ignoreGone(engine.RemoveImage(ctx, name)); err != nil {
			return err
		}
	}
	_, err := handOver(ctx, engine, nil)
	return err
}

// chains gives the ids of the images that the build made: those with its names, and down from each as many as were made for it.
func (b *keptBuild) chains(images []Image) []string {
	byID := make(map[string]Image, len(images))
	for _, image := range images {
		byID[image.ID] = image
	}
	var ids []string
	for _, image := range b.names {
		ids = append(ids, image.id)
		at := byID[image.id].Parent
		for range image.made - 1 {
			if at == "" || len(byID[at].Names) > 0 && nameLeft(byID[at]) == "" {
				break // it is another build's, or a person's
			}
			ids = append(ids, at)
			at = byID[at].Parent
		}
	}
	return ids
}

// Clean removes what runs of some folders have kept in an engine: containers that were left running, and images. Paths are absolute, as
// [Job] has them; without any, it is what all runs have kept, of other machines that use the engine too. It tells how many of each there
// were. An image that a container uses stays.
func Clean(ctx context.Context, engine Engine, paths ...string) (containers, images int, err error) {
	wanted := func(folder string) bool {
		return len(paths) == 0 || slices.ContainsFunc(paths, func(path string) bool { return folderID(path) == folder })
	}
	if containers, err = removeKept(ctx, engine, wanted); err != nil {
		return containers, 0, err
	}
	list, err := engine.Images(ctx)
	if err != nil {
		return containers, 0, err
	}
	for _, b := range keptBuildsOf(list, wanted) {
		if err := b.remove(ctx, engine, list); err != nil {
			return containers, images, err
		}
		images += len(b.names)
	}
	_, err = handOver(ctx, engine, nil)
	return containers, images, err
}

// StopKept removes the container that a run of a folder has left running, if it is there. The path is absolute, as [Job] has it.
func StopKept(ctx context.Context, engine Engine, path string) error {
	_, err := removeKept(ctx, engine, func(folder string) bool { return folder == folderID(path) })
	return err
}

// removeKept removes the containers that runs of some folders have left running, and tells how many there were.
func removeKept(ctx context.Context, engine Engine, wanted func(folder string) bool) (removed int, err error) {
	names, err := engine.Names(ctx)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if m := keptContainerPattern.FindStringSubmatch(name); m == nil || !wanted(m[1]) {
			continue
		}
		if err := ignoreMissing(engine.Remove(ctx, name)); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
