package runner

import (
	"fmt"
	"strconv"
	"strings"
)

// Level is how good or bad something is.
type Level string

// The levels of a [Check].
const (
	Good    Level = "ok"
	Note    Level = "note"    // runs do without it
	Warning Level = "warning" // some tasks, or some figures, cannot be had
	Bad     Level = "error"   // no task can be run
)

// Check is one thing that a person wants to know of an engine: what there is, and where it lacks something, what that means for a run
// and what to do about it.
type Check struct {
	Name  string
	Level Level
	Value string
	Text  string // "" where there is nothing to say
}

// What a host with stock settings shares, docs/hosts.md#configjson.
const (
	stockCPUs   = 4
	stockMemory = 4096 << 20
)

// Checks judge an engine, in the order in which they are told.
func (x *Examination) Checks() []Check {
	list := []Check{x.engineCheck(), x.buildCheck(), x.limitCheck(), x.cpuCheck(), x.memoryCheck(), x.gpuCheck(), x.diskCheck()}
	if x.Podman {
		list = append(list, Check{"podman", Note, "speaks Docker's API",
			"It does not tell that the kernel killed a task at its memory limit, so that a run says probably; and it ignores a request for a GPU."})
	}
	if x.Rootless {
		list = append(list, Check{"rootless", Note, "yes", "Its containers have no more rights than your account, and with control groups of version 1 no limits."})
	}
	for _, w := range x.Warnings {
		list = append(list, Check{"warning", Note, w, "The engine says so itself."})
	}
	return append(list, x.keptCheck())
}

func (x *Examination) engineCheck() Check {
	value := fmt.Sprintf("%s %s, API %s, at %s", x.Name, x.Version, x.API, plain(x.Address))
	if x.NamedBy != "" {
		value += " (" + plain(x.NamedBy) + ")"
	}
	if x.System != "" {
		value += ", on " + x.System
	}
	c := Check{Name: "engine", Level: Good, Value: value}
	const oldest = 25 // the oldest that the Moby project has maintained since 2025
	if v, known := major(x.Version); known && !x.Podman && v < oldest {
		c.Level, c.Text = Warning, "This version is past its end of life: its makers mend nothing in it any more, though a distribution may. Runs work with it; plan an update."
	}
	return c
}

// major is a version's first number.
func major(version string) (int, bool) {
	first, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(first)
	return n, err == nil
}

func (x *Examination) buildCheck() Check {
	c := Check{Name: "builder", Level: Good}
	switch {
	case x.Podman:
		c.Value = "Buildah"
		c.Level, c.Text = Note, "Hosts build with Docker's classic builder: Buildah knows instructions that they refuse, of which builder-feature warns while you write."
	case x.BuildKit == Yes:
		c.Value = "classic, as hosts use; BuildKit with --builder buildkit"
	default:
		c.Value = "classic, as hosts use"
	}
	return c
}

func (x *Examination) limitCheck() Check {
	var can, cannot, unknown []string
	for _, l := range []struct {
		what string
		can  Answer
	}{{"memory", x.LimitsMemory}, {"swap", x.LimitsSwap}, {"CPUs", x.LimitsCPU}, {"processes", x.LimitsPIDs}} {
		switch l.can {
		case Yes:
			can = append(can, l.what)
		case No:
			cannot = append(cannot, l.what)
		default:
			unknown = append(unknown, l.what)
		}
	}
	c := Check{Name: "limits", Level: Good, Value: "none"}
	if len(can) > 0 {
		c.Value = strings.Join(can, ", ")
	} else if len(cannot) == 0 {
		c.Value = string(Unknown)
	}
	if x.Cgroup != "" {
		c.Value += "; control groups " + plain(x.Cgroup)
	}
	switch {
	case x.LimitsMemory == No || x.LimitsCPU == No:
		c.Level = Bad
		c.Text = fmt.Sprintf("It cannot limit %s, as a host does, so that a run is refused. Use an engine that can, or run with --allow-unlimited.", strings.Join(cannot, ", "))
	case len(cannot) > 0:
		c.Level = Note
		c.Text = fmt.Sprintf("It cannot limit %s: a task that goes wild is stopped later, if at all. Runs do without.", strings.Join(cannot, ", "))
	case len(unknown) > 0:
		c.Level = Warning
		c.Text = fmt.Sprintf("It does not say whether it can limit %s. A run tries, and shows the engine's warnings.", strings.Join(unknown, ", "))
	}
	return c
}

func (x *Examination) cpuCheck() Check {
	c := Check{Name: "CPUs", Level: Good, Value: strconv.Itoa(x.CPUs)}
	switch {
	case x.CPUs == 0:
		c.Level, c.Value, c.Text = Note, string(Unknown), "It does not say how many it has. A task that asks for more is refused when its container is made."
	case x.CPUs < stockCPUs && x.Podman:
		c.Level = Note
		c.Text = fmt.Sprintf("A host with stock settings shares %d. A task that asks for more than %d has only these here, and takes longer.", stockCPUs, x.CPUs)
	case x.CPUs < stockCPUs:
		c.Level = Warning
		c.Text = fmt.Sprintf("A host with stock settings shares %d. A task that asks for more than %d cannot be run here. Give the engine more, or set DOCKER_HOST to one that has them.", stockCPUs, x.CPUs)
	}
	return c
}

func (x *Examination) memoryCheck() Check {
	c := Check{Name: "memory", Level: Good, Value: size(x.Memory)}
	switch {
	case x.Memory == 0:
		c.Level, c.Value, c.Text = Note, string(Unknown), "It does not say how much it has. A task that needs more than there is dies before it reaches its limit."
	case x.Memory < stockMemory:
		c.Level = Warning
		c.Text = "A host with stock settings shares 4096 MB. A task that needs more than there is here dies before it reaches its limit. Give the engine more."
	}
	return c
}

func (x *Examination) gpuCheck() Check {
	switch {
	case x.GPU == Yes:
		return Check{Name: "GPU", Level: Good, Value: "yes"}
	case x.Podman:
		return Check{"GPU", Note, "not through Docker's API", "A task with use_gpu is not run here. Use a Docker engine with the NVIDIA Container Toolkit for it."}
	case x.GPU == No:
		return Check{"GPU", Note, "none", "A task with use_gpu is not run here. Install the NVIDIA Container Toolkit, or set DOCKER_HOST to an engine that has it."}
	default:
		return Check{"GPU", Note, string(Unknown), "The engine lists none, and may have one all the same. A task with use_gpu is built and tried."}
	}
}

func (x *Examination) diskCheck() Check {
	const enough = 2 << 30
	switch {
	case x.FreeDisk == nil:
		return Check{"disk", Note, string(Unknown), "The engine's disk is not one of this system's. A build that fills it stops with `no space left on device`."}
	case *x.FreeDisk < enough:
		return Check{"disk", Warning, size(*x.FreeDisk) + " free", "A build may stop with `no space left on device`. Make room: docker system df shows what takes it."}
	default:
		return Check{Name: "disk", Level: Good, Value: size(*x.FreeDisk) + " free"}
	}
}

func (x *Examination) keptCheck() Check {
	k := x.Kept
	c := Check{Name: "kept", Level: Good, Value: fmt.Sprintf("%s, %s", counted(k.Images, "image"), counted(k.Containers, "container"))}
	if k.Images > 0 {
		c.Value = fmt.Sprintf("%s (%s at most), %s", counted(k.Images, "image"), size(k.Bytes), counted(k.Containers, "container"))
	}
	if k.Containers > 0 {
		c.Level, c.Text = Note, "A container is of a run that goes on, or of one that was ended by force. See them with: docker ps --all --filter label="+labelSession
	}
	return c
}

// counted writes a number of things.
func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	default:
		return fmt.Sprintf("%d %ss", n, what)
	}
}
