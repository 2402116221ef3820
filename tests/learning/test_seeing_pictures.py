from __future__ import annotations

import torch

from xlvla_sdk.learning.seeing_pictures import TOKENS, Eye, soft_argmax


def test_a_filter_that_answers_in_one_place_has_its_coordinates():
    answers = torch.full((1, 3, 5, 9), -50.0)
    answers[0, 0, 2, 4] = answers[0, 1, 0, 8] = answers[0, 2, 4, 0] = 50.0
    expected = torch.tensor([[[0.0, 0.0], [1.0, -1.0], [-1.0, 1.0]]])
    torch.testing.assert_close(soft_argmax(answers), expected, atol=1e-5, rtol=0.0)


def test_between_two_places_it_is_in_the_middle_and_moves_with_their_shares():
    answers = torch.full((1, 1, 4, 5), -50.0)
    answers[0, 0, 1, 1] = answers[0, 0, 1, 3] = 50.0
    assert soft_argmax(answers)[0, 0, 0].abs() < 1e-5
    answers[0, 0, 1, 3] += 1.0
    assert soft_argmax(answers)[0, 0, 0] > 0.1


def test_coordinates_have_gradients_that_finite_differences_agree_with():
    torch.manual_seed(0)
    answers = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(soft_argmax, answers)


def test_any_size_of_picture_becomes_as_many_tokens():
    torch.manual_seed(0)
    eye = Eye(8)
    for size in (16, 33, 96):
        pictures = torch.randint(0, 256, (2, size, size, 3), dtype=torch.uint8)
        assert eye(pictures).shape == (2, TOKENS, 8)
