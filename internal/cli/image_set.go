package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/images"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/recipe"
)

// arePictures reports whether data's name is a folder, or a CSV list of pictures with their labels.
func arePictures(name string) bool {
	info, err := os.Stat(name)
	return err == nil && (info.IsDir() || images.IsList(name))
}

// openImages opens what the recipe names and splits it.
func (j *job) openImages(ctx context.Context, c *call) (*imageSet, error) {
	r := j.recipe
	if arePictures(r.Data.Train) {
		s, err := loadPictures(ctx, c, r, images.Options{Input: pictureInput(r), BadShare: r.Data.BadRows}, true)
		if err != nil {
			return nil, err
		}
		if r.Data.Image.Colour == "auto" {
			return s, r.Derive("data.image.colour", map[int]string{1: "grey", 3: "rgb"}[s.Input.Channels], "auto")
		}
		return s, nil
	}
	known, err := openData(ctx, c, r.Data.Train)
	if err != nil {
		return nil, err
	}
	s := &imageSet{Name: known.Name, From: known.From, Input: known.Input, Classes: known.Classes, Files: known.Files[:], Train: known.Train, Test: known.Test}
	if r.Data.Val > 0 {
		parts, err := s.Train.Split(r.Seed, r.Data.Val)
		if err != nil {
			return nil, configError(fmt.Errorf("data.split.val: %w", err))
		}
		s.Train, s.Val = parts[0], parts[1]
	}
	return s, nil
}

// pictureInput is what the recipe makes of pictures: bytes to 0 … 1.
func pictureInput(r *recipe.Recipe) data.Input {
	i := r.Data.Image
	return data.Input{
		Kind: "image", Height: i.Size, Width: i.Size, Channels: map[string]int{"grey": 1, "rgb": 3}[i.Colour],
		Scale: 1. / 255, Resize: i.Resize,
	}
}

// loadPictures decodes the pictures that the recipe names and splits them as it says; train: to train on.
func loadPictures(ctx context.Context, c *call, r *recipe.Recipe, o images.Options, train bool) (*imageSet, error) {
	name := r.Data.Train
	l, err := images.OpenList(name)
	if err == nil && train {
		err = l.Trainable()
	}
	if err != nil {
		return nil, fileError(name, err)
	}
	p := newProgress(c.err)
	o.MaxBytes = int(min(model.MemoryLimit()/2, 1<<31-1))
	o.Progress = func(done, total int) { p.draw(fmt.Sprintf("%s  %s of %s pictures", name, count(done), count(total))) }
	s, err := l.Load(ctx, o)
	p.clear()
	if errors.Is(err, context.Canceled) {
		return nil, err
	} else if err != nil {
		return nil, fileError(name, err)
	}
	if train && l.Others > 0 {
		c.note("%s", wrap(fmt.Sprintf("%s: %s left out that aren't PNG, JPEG, GIF, BMP or WebP by their names", name, plural(l.Others, "file")), 2))
	}
	for i, b := range s.Broken {
		if i == 5 {
			c.note("%s", wrap(fmt.Sprintf("and %s more", count(len(s.Broken)-i)), 2))
			break
		}
		c.note("%s", wrap("left out: "+b.File+": "+b.Why, 2))
	}
	if err := s.Split(r.Seed, r.Data.Val, r.Data.Test); err != nil {
		return nil, configError(err)
	}
	files := []dataset.File{{Name: plural(s.Files, "picture"), Size: s.Bytes, SHA256: s.SHA256}}
	return &imageSet{Name: name, From: name, Input: s.Input, Classes: s.Classes, Files: files, Train: s.Train, Val: s.Val, Test: s.Test, Broken: s.Broken}, nil
}

// evalPictures opens what a model is measured on: the pictures that its run kept for the test, or, where others are named,
// their test part, or all of them.
func evalPictures(ctx context.Context, c *call, name string, b *bundle.Bundle, own bool) (*data.Dataset, error) {
	r, err := recipe.Parse([]byte(b.Provenance.Recipe), "the model's recipe")
	if err != nil {
		return nil, dataError(err)
	}
	if r.Data.Train = name; !own {
		r.Data.Val, r.Data.Test = 0, 0
	}
	s, err := loadPictures(ctx, c, r, images.Options{Input: b.Input, Classes: b.Classes, BadShare: r.Data.BadRows}, false)
	if err != nil {
		return nil, err
	}
	if f := s.Files[0]; own && b.Provenance.Data.Files[f.Name] != f.SHA256 {
		return nil, fileError(name, fmt.Errorf("the pictures in %s aren't those that the model was trained on, so that its test part isn't known; `%s eval RUN FOLDER` measures on any", name, program()))
	}
	switch {
	case s.Test != nil:
		return s.Test, nil
	case own:
		return nil, fileError(name, fmt.Errorf("the run kept no picture of %s for the test; name a folder of others", name))
	}
	return s.Train, nil
}
