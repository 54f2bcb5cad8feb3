package corrupt

var digitals = []entry{
	of(Info{Name: "contrast", Group: "digital", Set: ImageNetC, Fixed: true}, contrast),
	of(Info{Name: "elastic_transform", Group: "digital", Set: ImageNetC, Uneven: unevenElastic}, elasticTransform),
	of(Info{Name: "pixelate", Group: "digital", Set: ImageNetC, Fixed: true}, pixelate),
	of(Info{Name: "jpeg_compression", Group: "digital", Set: ImageNetC, Fixed: true}, jpegCompression),
	of(Info{Name: "saturate", Group: "digital", Set: ImageNetCExtra, Fixed: true, Uneven: unevenSaturate}, saturate),
}
