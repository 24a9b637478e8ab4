//! Data sets of others, read where they lie. Nothing here is committed.

use crate::arrays::Archive;
use crate::text::wrong;
use flate2::read::GzDecoder;
use seamount_network::npy::{self, IntArray};
use seamount_network::opened;
use seamount_session::Failure;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest uncompressed data file that is read, bytes.
const BYTES_MAX: u64 = 1 << 28;

/// The first of some folders that holds a file.
pub(crate) fn find(what: &str, file: &str, folders: &[PathBuf]) -> Result<PathBuf, Failure> {
    let found = folders.iter().find(|f| f.join(file).is_file());
    found
        .cloned()
        .ok_or_else(|| Failure::missing(format!("{what} ({file})"), folders))
}

/// An integer array of a known shape; `None` accepts any length of that axis.
pub fn array(path: &Path, shape: &[Option<u64>]) -> Result<IntArray, Failure> {
    let array = npy::read(path).map_err(|e| wrong(path, e))?;
    if fits(&array.shape, shape) {
        Ok(array)
    } else {
        Err(wrong(
            path,
            format!("shape {:?}, wanted {}", array.shape, shape_name(shape)),
        ))
    }
}

/// Whether a shape is one that is wanted; `None` accepts any length of its axis.
pub(crate) fn fits(found: &[u64], wanted: &[Option<u64>]) -> bool {
    found.len() == wanted.len()
        && (found.iter().zip(wanted)).all(|(n, want)| want.is_none_or(|w| w == *n))
}

/// A wanted shape in words.
pub(crate) fn shape_name(shape: &[Option<u64>]) -> String {
    let axis = |n: &Option<u64>| n.map_or("any".to_string(), |n| n.to_string());
    format!(
        "[{}]",
        shape.iter().map(axis).collect::<Vec<_>>().join(", ")
    )
}

/// Images or labels in IDX form, gzip or plain: dimensions and bytes.
pub fn idx(path: &Path) -> Result<(Vec<usize>, Vec<u8>), Failure> {
    let file = opened::open(path).map_err(|e| wrong(path, e))?;
    let mut bytes = vec![];
    let plain = path.extension().is_none_or(|e| e != "gz");
    let mut reader: Box<dyn Read> = if plain {
        Box::new(file)
    } else {
        Box::new(GzDecoder::new(file))
    };
    reader
        .by_ref()
        .take(BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|e| wrong(path, e))?;
    let [0, 0, 8, axes @ 1..=3, rest @ ..] = &bytes[..] else {
        return Err(wrong(
            path,
            "not an IDX file of bytes with one to three axes",
        ));
    };
    let axes = usize::from(*axes);
    if rest.len() < axes * 4 {
        return Err(wrong(path, "ends within its header"));
    }
    let axis = |c: &[u8]| u32::from_be_bytes([c[0], c[1], c[2], c[3]]) as usize;
    let shape: Vec<usize> = rest[..axes * 4].chunks_exact(4).map(axis).collect();
    let data = &rest[axes * 4..];
    let wanted = shape.iter().try_fold(1usize, |n, &a| n.checked_mul(a));
    if wanted != Some(data.len()) {
        return Err(wrong(
            path,
            format!(
                "header says {shape:?}, there are {} bytes of data",
                data.len()
            ),
        ));
    }
    let data = data.to_vec();
    Ok((shape, data))
}

/// MNIST images and labels.
#[derive(Debug, Clone)]
pub struct Mnist {
    images: Vec<u8>,
    /// Digit of each image.
    pub labels: Vec<u8>,
}

/// Pixels of an image.
pub const PIXELS: usize = 784;

impl Mnist {
    /// Reads `t10k-*.gz` from a folder.
    pub fn test_set(folder: &Path) -> Result<Mnist, Failure> {
        Mnist::read(folder, "t10k")
    }

    /// Reads the first 10,000 training images, `train-0-9999-*.gz`, from a folder.
    pub fn training_set(folder: &Path) -> Result<Mnist, Failure> {
        Mnist::read(folder, "train-0-9999")
    }

    /// Reads NAME-images-idx3-ubyte.gz and NAME-labels-idx1-ubyte.gz from a folder.
    pub fn read(folder: &Path, name: &str) -> Result<Mnist, Failure> {
        let image_path = folder.join(format!("{name}-images-idx3-ubyte.gz"));
        let label_path = folder.join(format!("{name}-labels-idx1-ubyte.gz"));
        let (shape, images) = idx(&image_path)?;
        let (label_shape, labels) = idx(&label_path)?;
        if shape.len() != 3 || shape[1..] != [28, 28] {
            return Err(wrong(
                &image_path,
                format!("shape {shape:?}, wanted [any, 28, 28]"),
            ));
        }
        if label_shape != shape[..1] {
            return Err(wrong(
                &label_path,
                format!("{label_shape:?} labels for {} images", shape[0]),
            ));
        }
        Ok(Mnist { images, labels })
    }

    /// Images of 784 pixels and their labels, 0 to 9.
    pub fn new(images: Vec<u8>, labels: Vec<u8>) -> Mnist {
        assert_eq!(images.len(), labels.len() * PIXELS);
        Mnist { images, labels }
    }

    /// Reads images and labels of a user's .npz: x, (images, 784) of 0 to 255, and y, (images) of 0
    /// to 9.
    ///
    /// # Errors
    /// Everything that is wrong with the file, at once.
    pub fn samples(path: &Path) -> Result<Mnist, Failure> {
        let mut archive = Archive::open(path)?;
        let byte = |most: i64| move |value| (0..=most).contains(&value);
        let pixels = [None, Some(PIXELS as u64)];
        let images = archive.integers("x", &pixels, "0 to 255", byte(255)).1;
        let labels = archive.integers("y", &[None], "0 to 9", byte(9)).1;
        if archive.is_sound() && images.len() != labels.len() * PIXELS {
            archive.refuse(format!(
                "{} images in x, {} labels in y",
                images.len() / PIXELS,
                labels.len()
            ));
        }
        archive.end()?;
        let bytes = |values: Vec<i64>| values.into_iter().map(|value| value as u8).collect();
        Ok(Mnist::new(bytes(images), bytes(labels)))
    }

    /// Pixels of an image, row by row.
    pub fn image(&self, index: usize) -> &[u8] {
        &self.images[index * PIXELS..(index + 1) * PIXELS]
    }
}
