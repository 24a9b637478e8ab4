//! From a file to a proved image: an image as it is, a network through the compiler.

use crate::failure::{Failure, Kind};
use crate::files;
use seamount::compile::{CompileError, CompileOptions, Compiled};
use seamount::image::{CheckedImage, Image, ImageFinding, LimitPolicy, container, file};
use seamount::network::netlist::{self, Netlist, NetlistError};
use seamount::network::npy::NpyError;
use seamount::spec::ChipSpec;
use std::path::Path;

const LIMITS_HINT: &str = "--ignore-limits goes on all the same and says which limits are broken";

/// Reads an image, or reads and compiles a network; not yet proved.
pub fn image(path: &Path, ignore_limits: bool) -> Result<(Image, ChipSpec), Failure> {
    let bytes = files::read(path, netlist::json::FILE_BYTES_MAX)?;
    let named = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("img"));
    if named || bytes.starts_with(&file::IMAGE.magic) {
        if bytes.len() as u64 > container::FILE_BYTES_MAX {
            return Err(Failure::input(
                path,
                format!(
                    "larger than the {} bytes that are read",
                    container::FILE_BYTES_MAX
                ),
            ));
        }
        let image = Image::from_bytes(&bytes).map_err(|e| Failure::input(path, e))?;
        let unknown = || {
            Failure::input(
                path,
                format!(
                    "placed on board '{}', which this program does not know",
                    image.board
                ),
            )
        };
        let spec = ChipSpec::preset(&image.board).ok_or_else(unknown)?;
        return Ok((image, spec));
    }
    let netlist = netlist_from(path, &bytes)?;
    let options = CompileOptions {
        ignore_limits,
        ..CompileOptions::default()
    };
    let spec = options.board.clone();
    Ok((compile(path, &netlist, &options, None)?.image, spec))
}

/// Reads a network.
pub fn netlist(path: &Path) -> Result<Netlist, Failure> {
    let bytes = files::read(path, netlist::json::FILE_BYTES_MAX)?;
    if bytes.starts_with(&file::IMAGE.magic) {
        return Err(Failure::input(
            path,
            "is an image; a network in JSON is wanted",
        ));
    }
    netlist_from(path, &bytes)
}

fn netlist_from(path: &Path, bytes: &[u8]) -> Result<Netlist, Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    Netlist::from_json(bytes, folder).map_err(|error| {
        let cannot_read = |e: &NpyError| matches!(e, NpyError::Io(e) if e.kind() != std::io::ErrorKind::UnexpectedEof);
        let kind = match &error {
            NetlistError::Io { .. } => Kind::Io,
            NetlistError::Arrays(arrays) if arrays.iter().all(|(_, e)| cannot_read(e)) => Kind::Io,
            _ => Kind::Input,
        };
        Failure::new(kind, path.display(), [error])
    })
}

/// Compiles a network; `placement` is the file that a given placement came from.
pub fn compile(
    path: &Path,
    netlist: &Netlist,
    options: &CompileOptions,
    placement: Option<&Path>,
) -> Result<Compiled, Failure> {
    seamount::compile::compile(netlist, options).map_err(|error| match &error {
        CompileError::Limits(limits) => {
            let failure = Failure::new(Kind::Limits, path.display(), limits);
            // More than the whole board has cannot be ignored.
            if limits.iter().all(|l| l.core.is_some()) {
                failure.hint(LIMITS_HINT)
            } else {
                failure
            }
        }
        CompileError::Netlist(findings) => Failure::new(Kind::Input, path.display(), findings),
        CompileError::Placement(problems) => {
            Failure::new(Kind::Input, placement.unwrap_or(path).display(), problems)
        }
        CompileError::Learning { .. } => Failure::input(path, error),
    })
}

/// Proves an image against its board.
pub fn prove(
    path: &Path,
    image: Image,
    spec: &ChipSpec,
    policy: LimitPolicy,
) -> Result<CheckedImage, Failure> {
    CheckedImage::prove(image, spec, policy).map_err(|findings| {
        let limits = findings.iter().all(|f| matches!(f, ImageFinding::Limit(_)));
        let failure = Failure::new(
            if limits { Kind::Limits } else { Kind::Input },
            path.display(),
            findings,
        );
        if limits {
            failure.hint(LIMITS_HINT)
        } else {
            failure
        }
    })
}

/// Whether limits are enforced.
pub fn policy(ignore_limits: bool) -> LimitPolicy {
    if ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    }
}
