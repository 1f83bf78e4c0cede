import pytest

from DICOMModule.Host.AdaptiveSampling import COARSEST, MOVING_SECONDS, RESTING_COARSEST, AdaptiveSampling


def test_slow_frames_make_the_moving_view_coarser_until_they_are_fast_enough():
    sampling = AdaptiveSampling()
    sampling.isMoving = True
    for _frame in range(20):
        sampling.learn(2.0 / sampling.coarseness**2)
    assert 2.0 / sampling.coarseness**2 == pytest.approx(MOVING_SECONDS, rel=0.05)


def test_fast_frames_make_it_finer_again_but_never_finer_than_the_pixels():
    sampling = AdaptiveSampling(moving=4.0)
    sampling.isMoving = True
    for _frame in range(20):
        sampling.learn(0.001)
    assert sampling.coarseness == 1.0


def test_there_is_an_end_to_coarseness():
    sampling = AdaptiveSampling()
    for sampling.isMoving in (True, False):
        for _frame in range(30):
            sampling.learn(60.0)
    assert (sampling.moving, sampling.resting) == (COARSEST, RESTING_COARSEST)


def test_a_resting_view_is_fine_and_stays_as_it_is_when_fast():
    sampling = AdaptiveSampling()
    sampling.learn(0.01)
    assert sampling.coarseness == 1.0
    sampling.isMoving = True
    assert sampling.coarseness > 1.0


def test_another_volume_starts_anew():
    sampling = AdaptiveSampling(moving=8, resting=3)
    sampling.reset()
    assert (sampling.moving, sampling.resting) == (2.0, 1.0)
