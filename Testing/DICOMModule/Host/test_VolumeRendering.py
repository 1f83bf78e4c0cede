import numpy as np

from DICOMModule.Host.VolumeRendering import needsCopy, strideFor, thinnedVoxels


def test_a_volume_within_the_limit_is_drawn_whole():
    assert strideFor((100, 100, 50), np.ones(3), 500_000).tolist() == [1, 1, 1]


def test_the_finest_axes_are_thinned_first():
    stride = strideFor((512, 512, 100), np.array([0.5, 0.5, 2.0]), 5_000_000)
    assert stride.tolist() == [3, 2, 1] or stride.tolist() == [2, 3, 1]
    assert np.prod(np.ceil(np.array([512, 512, 100]) / stride)) <= 5_000_000


def test_thinning_takes_the_middle_voxel_of_each_group():
    voxels = np.arange(6 * 6 * 6, dtype=np.int16).reshape(6, 6, 6)
    thinned = thinnedVoxels(voxels, np.array([3, 2, 1]))
    assert thinned.shape == (6, 3, 2)
    assert thinned[0, 0, 0] == voxels[0, 1, 1] and thinned[5, 2, 1] == voxels[5, 5, 4]
    assert thinned.flags.c_contiguous


def test_numbers_that_graphics_cards_do_not_take_become_float32_without_nan():
    voxels = np.array([[[1.5, np.nan, np.inf]]], dtype=np.float64)
    assert needsCopy(voxels, np.ones(3, int))
    thinned = thinnedVoxels(voxels, np.ones(3, int))
    assert thinned.dtype == np.float32 and thinned[0, 0, 1] == 0 and np.isfinite(thinned).all()


def test_integers_are_drawn_from_where_they_are():
    assert not needsCopy(np.zeros((3, 3, 3), np.int16), np.ones(3, int))
