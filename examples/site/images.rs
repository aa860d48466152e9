//! The images of the embedded site: real ones, made byte by byte, without a crate that compresses.

/// The size of a flag.
const WIDTH: usize = 36;
const HEIGHT: usize = 24;

/// The colours of the flags, by their letters: black, white, red, green, blue, yellow, orange.
const LETTERS: &str = "kwrgbyo";
const COLOURS: [[u8; 3]; 7] = [
    [0, 0, 0],
    [255, 255, 255],
    [206, 17, 38],
    [0, 122, 61],
    [0, 56, 147],
    [252, 209, 22],
    [255, 153, 51],
];

enum Pattern {
    /// Stripes, from the top to the bottom.
    Rows,
    /// Stripes, from the left to the right.
    Columns,
    /// A ground, and a disc on it.
    Disc,
}
use Pattern::{Columns, Disc, Rows};

/// The twenty most populous countries, with what stripes and discs can tell of their flags.
const FLAGS: [(&str, Pattern, &str); 20] = [
    ("bd", Disc, "gr"),
    ("br", Disc, "gy"),
    ("cd", Disc, "by"),
    ("cn", Disc, "ry"),
    ("de", Rows, "kry"),
    ("eg", Rows, "rwk"),
    ("et", Rows, "gyr"),
    ("fr", Columns, "bwr"),
    ("id", Rows, "rw"),
    ("in", Rows, "owg"),
    ("ir", Rows, "gwr"),
    ("jp", Disc, "wr"),
    ("mx", Columns, "gwr"),
    ("ng", Columns, "gwg"),
    ("ph", Rows, "br"),
    ("pk", Columns, "wggg"),
    ("ru", Rows, "wbr"),
    ("tr", Disc, "rw"),
    ("us", Rows, "rwrwrwrwrwrwr"),
    ("vn", Disc, "ry"),
];

/// The flag of a country, by its code, as a GIF.
pub fn flag(country: &str) -> Option<Vec<u8>> {
    let (_, pattern, letters) = FLAGS.iter().find(|(code, ..)| *code == country)?;
    let colours: Vec<usize> = letters.chars().filter_map(|c| LETTERS.find(c)).collect();
    let is_in_disc = |x: usize, y: usize| {
        let (right, down) = (x.abs_diff(WIDTH / 2), y.abs_diff(HEIGHT / 2));
        right * right + down * down < (HEIGHT / 3).pow(2)
    };
    let colour = |x: usize, y: usize| match pattern {
        Rows => colours[y * colours.len() / HEIGHT],
        Columns => colours[x * colours.len() / WIDTH],
        Disc => colours[usize::from(is_in_disc(x, y))],
    };
    Some(gif(WIDTH, HEIGHT, &COLOURS, colour))
}

/// The `n`-th of the images that a search finds, as a GIF: squares in two colours.
pub fn squares(n: usize) -> Vec<u8> {
    gif(96, 64, &COLOURS, |x, y| (n + usize::from((x / 16 + y / 16) % 2 == 0)) % COLOURS.len())
}

/// A GIF. Its compression is not used: each pixel is a separate code.
fn gif(
    width: usize,
    height: usize,
    colours: &[[u8; 3]],
    colour: impl Fn(usize, usize) -> usize,
) -> Vec<u8> {
    // Of 128 colours the codes are 0 to 127, and 8 bits long, so that a code is a byte. Each pixel adds a longer
    // code, and with the 127th codes would grow to 9 bits; `CLEAR` forgets those that were added.
    const CLEAR: u8 = 128;
    const END: u8 = 129;
    const PIXELS_PER_CLEAR: usize = 126;

    let mut bytes = b"GIF89a".to_vec();
    let size = [(width as u16).to_le_bytes(), (height as u16).to_le_bytes()].concat();
    bytes.extend(&size);
    bytes.extend([0b1111_0110, 0, 0]); // a table of 128 colours
    let mut table = colours.concat();
    table.resize(128 * 3, 0);
    bytes.extend(table);
    bytes.extend(b",\0\0\0\0"); // one image, at the upper left
    bytes.extend(&size);
    bytes.extend([0, 7]); // its pixels are 7 bits wide

    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| colour(x, y) as u8)
        .collect();
    let mut codes = Vec::new();
    for pixels in pixels.chunks(PIXELS_PER_CLEAR) {
        codes.push(CLEAR);
        codes.extend(pixels);
    }
    codes.push(END);
    for block in codes.chunks(255) {
        bytes.push(block.len() as u8);
        bytes.extend(block);
    }
    bytes.extend(b"\0;");
    bytes
}

/// A JPEG of 512 by 512 pixels: grey stripes, eight pixels wide. How far apart their greys are, the caller says.
pub fn stripes(contrast: u8) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    // An image is made of blocks of 8 by 8 pixels, and a block of frequencies, each a multiple of its
    // quantizer. Here there is but one frequency, 0: the block's brightness.
    bytes.extend([0xFF, 0xDB, 0, 67, 0]);
    bytes.extend([contrast.saturating_mul(20).max(1); 64]);
    bytes.extend([0xFF, 0xC0, 0, 11, 8, 2, 0, 2, 0, 1, 1, 0x11, 0]); // 512 by 512, one component: grey
    // Two Huffman codes of one word each, the bit 0. It says for the brightness: "the next bit tells whether it
    // goes up or down by one"; and for the other frequencies: "there are none".
    for (table, word) in [(0x00, 1), (0x10, 0)] {
        bytes.extend([0xFF, 0xC4, 0, 20, table, 1]); // one word of one bit,
        bytes.extend([0; 15]); // none that is longer
        bytes.push(word);
    }
    bytes.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    // A block is three bits: up and no more (010), or down and no more (000). Eight blocks are three bytes.
    for _ in 0..64 * 64 / 8 {
        bytes.extend([0b0100_0001, 0b0000_0100, 0b0001_0000]);
    }
    bytes.extend([0xFF, 0xD9]);
    bytes
}
