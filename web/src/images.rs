//! Pictures people upload (requirement IO-04). What is served is never what was sent: the pixels are read within limits,
//! made smaller, and written anew as PNG, so that neither metadata (places, names of cameras) nor anything hidden in the
//! file survives. SVG is refused, because it can carry scripts.

use std::io::Cursor;

use folkmoot_store::images::ImageId;
use folkmoot_store::{Conn, QueryResult, Utc, images};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, imageops};

/// Largest width and height that is read, in pixels.
const MOST_SIDE: u32 = 8000;

/// Memory a picture may take while it is read, in bytes: a photograph of 24 million pixels.
const MOST_MEMORY: u64 = 100 * 1024 * 1024;

/// What file inputs name in their `accept`.
pub const ACCEPT: &str = "image/png,image/jpeg,image/webp";

/// How a picture is cut to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Whole, inside this width and height.
    Within(u32, u32),
}

/// A picture ready to be kept and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Content.
    pub png: Vec<u8>,
    /// SHA-256 of the content in hexadecimal.
    pub hash: String,
}

impl Picture {
    /// Reads what was sent. Takes up to a second of a processor: call it through [`crate::app::App::blocking`].
    ///
    /// # Errors
    /// A sentence for the person who chose the file.
    pub fn read(sent: &[u8], shape: Shape) -> Result<Self, &'static str> {
        const BROKEN: &str = "This picture cannot be read. Save it again as PNG or JPEG.";
        let format = match image::guess_format(sent) {
            Ok(known @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => known,
            _ => return Err("Choose a PNG, JPEG or WebP picture. Others, SVG among them, are not taken."),
        };
        let mut limits = Limits::default();
        limits.max_image_width = Some(MOST_SIDE);
        limits.max_image_height = Some(MOST_SIDE);
        limits.max_alloc = Some(MOST_MEMORY);
        let mut reader = ImageReader::with_format(Cursor::new(sent), format);
        reader.limits(limits);
        let too_large = |e: image::ImageError| match e {
            image::ImageError::Limits(_) => {
                "This picture is too large. Make it smaller than 6000 by 4000 pixels."
            }
            _ => BROKEN,
        };
        let mut decoder = reader.into_decoder().map_err(too_large)?;
        if decoder.total_bytes() > MOST_MEMORY {
            return Err("This picture is too large. Make it smaller than 6000 by 4000 pixels.");
        }
        // Telephones write how they were held beside the pixels; that goes, so the pixels are turned.
        let turn = decoder.orientation().map_err(too_large)?;
        let mut picture = DynamicImage::from_decoder(decoder).map_err(too_large)?;
        picture.apply_orientation(turn);
        let small = match shape {
            Shape::Within(width, height) if picture.width() > width || picture.height() > height => {
                picture.resize(width, height, imageops::FilterType::CatmullRom)
            }
            Shape::Within(..) => picture,
        };
        let pixels = small.to_rgba8();
        let mut png = Vec::new();
        let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive);
        pixels.write_with_encoder(encoder).map_err(|_| BROKEN)?;
        let digest = ring::digest::digest(&ring::digest::SHA256, &png);
        let hash = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { width: pixels.width(), height: pixels.height(), png, hash })
    }

    /// Keeps it in the database.
    ///
    /// # Errors
    /// A database error.
    pub fn keep(&self, conn: &mut Conn, now: Utc) -> QueryResult<ImageId> {
        images::keep(conn, &self.hash, (self.width, self.height), &self.png, now)
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let pixels =
            RgbaImage::from_fn(width, height, |x, _| Rgba([if x < width / 2 { 255 } else { 0 }, 0, 0, 255]));
        let mut bytes = Cursor::new(Vec::new());
        let picture = match format {
            ImageFormat::Jpeg => DynamicImage::from(DynamicImage::from(pixels).to_rgb8()),
            _ => DynamicImage::from(pixels),
        };
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A PNG with one more chunk after its head.
    fn with_chunk(png: &[u8], kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut crc = flate_crc(kind, content).to_be_bytes().to_vec();
        let mut chunk = (content.len() as u32).to_be_bytes().to_vec();
        chunk.extend_from_slice(kind);
        chunk.extend_from_slice(content);
        chunk.append(&mut crc);
        [&png[..33], &chunk, &png[33..]].concat()
    }

    fn flate_crc(kind: &[u8], content: &[u8]) -> u32 {
        !kind.iter().chain(content).fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg()))
        })
    }

    #[test]
    fn three_formats_come_out_as_png() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let picture = Picture::read(&encoded(40, 20, format), Shape::Within(400, 100)).unwrap();
            assert_eq!((picture.width, picture.height), (40, 20), "{format:?}");
            assert_eq!(image::guess_format(&picture.png).unwrap(), ImageFormat::Png);
        }
        let picture = Picture::read(&encoded(900, 300, ImageFormat::Png), Shape::Within(300, 300)).unwrap();
        assert_eq!((picture.width, picture.height), (300, 100));
    }

    #[test]
    fn what_is_not_a_picture_is_refused() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        let html = b"\x89PNG\r\n\x1a\n<script>alert(1)</script>";
        let whole = encoded(40, 20, ImageFormat::Png);
        for bad in [
            &b""[..],
            &svg[..],
            &b"GIF89a\x01\0\x01\0"[..],
            &html[..],
            &whole[..whole.len() / 2],
            b"BM123456",
        ] {
            assert!(Picture::read(bad, Shape::Within(10, 10)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn metadata_and_anything_appended_is_gone() {
        let mut sent = with_chunk(&encoded(40, 20, ImageFormat::Png), b"tEXt", b"Comment\0secret place");
        sent.extend_from_slice(b"<script>alert(1)</script>");
        let picture = Picture::read(&sent, Shape::Within(400, 100)).unwrap();
        let text = String::from_utf8_lossy(&picture.png).into_owned();
        assert!(!text.contains("secret place") && !text.contains("script"));
    }

    #[test]
    fn a_small_file_that_unpacks_to_a_huge_one_is_refused() {
        // The head alone says how large it is: 60,000 by 60,000 pixels, and 7,900 by 7,900.
        for side in [60_000_u32, 7_900] {
            let mut sent = encoded(40, 20, ImageFormat::Png);
            sent[16..20].copy_from_slice(&side.to_be_bytes());
            sent[20..24].copy_from_slice(&side.to_be_bytes());
            let crc = flate_crc(b"IHDR", &sent[16..29]);
            sent[29..33].copy_from_slice(&crc.to_be_bytes());
            let refused = Picture::read(&sent, Shape::Within(400, 100)).unwrap_err();
            assert!(refused.contains("too large"), "{refused}");
        }
    }
}
