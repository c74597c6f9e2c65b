from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jianwei.speech.guards import Bounds, compression_ratio, cut_repeats, doubt, spoken_length
from jianwei.speech.writing import write_down

NUMERALS = "〇零一二三四五六七八九幺"
HAN = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5, exclude_characters=NUMERALS), min_size=1, max_size=12
)
DIGITS = st.one_of(st.text("0123456789", min_size=1), st.text(NUMERALS, min_size=1))
BETWEEN = st.sampled_from(["", " ", "，", ",", "-", "、"])

# Things people say in voice messages, some of them near to what is invented.
SAID = (
    "哈哈哈", "对对对", "不不不不", "好好好，我知道了", "嗯嗯", "谢谢大家", "谢谢", "请订阅我们的公众号", "这个视频你看了吗",
    "字幕打错了你改一下", "关注一下快递到哪了", "电话一三八零零零零零零零零", "13800000000", "一二三四五六七", "作业写完了吗",
    "把那首歌的词曲发我", "我要两份牛肉面，一份不要香菜，谢谢老板", "thank you so much", "OK", "转发朋友圈点赞集满了怎么兑换",
    "点赞转发都做了奖品什么时候发", "关注公众号以后订阅不了怎么回事", "关注你们的频道怎么没有优惠券", "字幕提供给我一份",
    "点赞订阅转发了在哪里领奖", "我关注了", "字幕组在哪里", "关注我们的频道", "关注我们的频道怎么没有优惠券",
    "关注了你们的频道", "点赞订阅转发支持你们怎么领奖", "点赞、订阅、转发", "记得点赞和订阅", "欢迎订阅我们的频道以后能便宜吗",
    "字幕翻译，多少钱", "字幕制作，怎么收费", "字幕校对，一分钟多少", "字幕由你们提供吗", "中文字幕由谁来做", "字幕by谁",
    "字幕志愿者怎么报名", "字幕志愿者，我想报名", "编曲，多少钱", "编曲 多少钱", "编曲：多少钱", "制作人，是谁", "制作人 是谁",
    "作词，作曲，编曲，一共多少钱", "作词三百，作曲五百", "演唱，周六那场还有票吗", "混音，下周能好吗", "监制，王老师在吗",
    "李宗盛", "李宗盛的票还有吗", "明镜与点点那本书还有货吗", "你们的视频里写着amara.org是什么",
    "我想问一下，请不吝点赞是什么意思", "感谢观看券怎么用", "谢谢观看了我的作品", "谢谢大家的支持", "下期再见", "再见",
    "感谢您的理解", "感谢收到", "please subscribe me to the newsletter", "please subscribe to the yearly plan for me",
    "thanks for listening", "thank you", "subtitles by tomorrow please", "thanks for watching my kids yesterday",
    "thank you for watching the shop for me",
)  # fmt: skip
INVENTED = (
    "字幕由Amara.org社群提供", "中文字幕由 Amara.org 社區提供", "字幕志愿者 李宗盛", "字幕製作:貝爾", "中文字幕志愿者 杨茜茜",
    "中文字幕志願者", "小編字幕由Amara.org社區提供", "由 Amara.org 社群提供的字幕", "字幕by索兰娅", "CC字幕 by 沛隊字幕小組",
    "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", "請不吝點贊訂閱轉發打賞支持明鏡與點點欄目", "请不吝点赞，订阅，转发。",
    "明镜与点点栏目", "明镜需要您的支持 欢迎订阅明镜", "谢谢观看", "感谢观看", "謝謝大家收看", "谢谢收看，",
    "谢谢观看 谢谢观看", "优优独播剧场——YoYo Television Series Exclusive", "優優獨播劇場", "词曲 李宗盛", "作词：李宗盛",
    "作词 李宗盛 作曲 李宗盛", "作词 作曲 编曲 李宗盛", "MING PAO CANADA // MING PAO TORONTO", "多謝您收睇時局新聞,再會!",
    "感谢您的观看，下期再见", "请订阅我的频道", "Thanks for watching!", "Thank you for watching.",
    "Please subscribe to my channel.", "Don't forget to like and subscribe!", "Subtitles by the Amara.org community",
    "Untertitel im Auftrag des ZDF für funk, 2017", "Sous-titres réalisés para la communauté d'Amara.org",
    "Субтитры сделал DimaTorzok", "ご視聴ありがとうございました", "시청해주셔서 감사합니다", "谢谢大家收看，请不吝点赞 订阅",
)  # fmt: skip


@pytest.mark.parametrize("text", SAID)
def test_what_people_say_is_believed(text: str) -> None:
    assert doubt(text, max(1.0, spoken_length(text) / 5)) is None


@pytest.mark.parametrize("text", INVENTED)
def test_what_is_written_over_silence_is_not(text: str) -> None:
    assert doubt(write_down(text, "zh"), 20.0) == "invented"


@pytest.mark.parametrize("text", SAID)
def test_nothing_is_dropped_that_has_more_in_it_than_an_invention(text: str) -> None:
    assert doubt(f"字幕by索兰娅，{text}", 20.0) is None
    assert doubt(f"{text}，请不吝点赞 订阅 转发 打赏支持明镜与点点栏目", 20.0) is None


@pytest.mark.parametrize(
    "text", ["Добрый день, когда отправите заказ", "مرحبا متى ترسلون الطلب", "καλημέρα πότε στέλνετε"]
)
def test_letters_of_every_script_are_quickly_said(text: str) -> None:
    assert doubt(text, len(text) / 15) is None
    assert doubt("발송은언제되나요" * 3, 1.0) == "too_fast"


@settings(deadline=None, max_examples=60)
@given(HAN)
def test_believing_depends_on_the_time_there_was(text: str) -> None:
    length = spoken_length(text)
    assert doubt(text, length / Bounds().per_second * 0.9 if length > 4 else 0.0) in ("too_fast", None)
    assert doubt(text, length) is None


def test_scores_are_held_against_a_text() -> None:
    assert doubt("发货了吗", 2.0, logprob=-1.2) is None
    assert doubt("发货了吗", 2.0, logprob=-2.5) == "unlikely"


@settings(deadline=None, max_examples=100)
@given(HAN, st.integers(4, 60), HAN, HAN)
def test_endless_repetition_is_cut_to_one(phrase: str, times: int, before: str, after: str) -> None:
    text = before + phrase * times + after
    kept, cut = cut_repeats(text)
    assert len(kept) + len(cut) == len(text)
    assert cut
    assert not re.search(r"(.{1,12}?)\1{3,}", kept.replace(before, "", 1)) or len(set(before + after)) < len(
        before + after
    )
    assert kept[0] == text[0]
    assert kept[-1] == text[-1]


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_cutting_invents_nothing_and_is_done_once(text: str) -> None:
    kept, cut = cut_repeats(text)
    assert sorted(kept + cut) == sorted(text)
    assert (cut == "") == (kept == text)


@pytest.mark.parametrize(
    "number",
    [
        "13800000000",
        "13888888888",
        "88888888",
        "零点 100000000",
        "1 1 1 1",
        "一三八零零零零零零零零",
        "八八八八八八八八",
    ],
)
def test_numbers_repeat_themselves(number: str) -> None:
    assert cut_repeats(number) == (number, "")
    assert doubt(number, 8.0) is None
    assert doubt(f"我的电话是{number}，再说一遍，{number}", 15.0) is None


@settings(deadline=None, max_examples=100)
@given(st.lists(DIGITS.filter(lambda digits: len(digits) <= 4), min_size=1, max_size=4), BETWEEN)
def test_a_number_stays_as_it_is(groups: list[str], between: str) -> None:
    number = between.join(groups)
    assert cut_repeats(number) == (number, "")
    assert doubt(number, 20.0) is None


@settings(deadline=None, max_examples=100)
@given(DIGITS.filter(lambda digits: len(digits) <= 6), BETWEEN, st.integers(5, 100))
@example("0", "，", 13)
def test_a_number_without_an_end_is_dropped(group: str, between: str, times: int) -> None:
    text = between.join([group] * times)
    assert cut_repeats(text) == (text, "")
    assert doubt(text, len(text)) == ("repetition" if len(group) * times > Bounds().same_digits else None)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text("0123456789", min_size=1, max_size=3), min_size=25, max_size=60), BETWEEN.filter(bool))
def test_small_numbers_without_an_end_are_dropped(groups: list[str], between: str) -> None:
    assert doubt(between.join(groups), 100.0) == "repetition"


@settings(deadline=None, max_examples=60)
@given(st.lists(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), min_size=1, max_size=6), BETWEEN.filter(bool))
def test_telephones_one_after_the_other_are_believed(telephones: list[str], between: str) -> None:
    assert doubt(f"打给{between.join(telephones)}", 40.0) is None


@settings(deadline=None, max_examples=100)
@given(
    st.text("0123456789", max_size=4),
    st.sampled_from("abm元号第"),
    st.text("0123456789", max_size=4),
    BETWEEN,
    st.integers(4, 40),
)
def test_digits_beside_a_letter_are_a_phrase(before: str, letter: str, after: str, between: str, times: int) -> None:
    text = between.join([before + letter + after] * times)
    kept, cut = cut_repeats(text)
    assert sorted(kept + cut) == sorted(text)
    assert kept.count(letter) <= 3
    assert cut


@pytest.mark.parametrize("run", ["2m4,2m4,2m4,2m4,2m4", "2m4，2m4，2m4，2m4，2m4", "2m4 2m4 2m4 2m4 2m4 "])
def test_what_whisper_made_of_a_synthetic_sentence_is_cut(run: str) -> None:
    assert cut_repeats(run)[0].strip() == "2m4"


def test_no_number_is_endless() -> None:
    card = "6222 0212 3456 7890 123"
    assert doubt(card, 8.0) is None
    assert doubt("A3-1-1-2-5-2-1-2-1-2-3-1-4-1-2-2-1-4-1-2-1-2-1-4-1-2-1", 8.0) == "repetition"
    assert doubt("1,2," * 10, 20.0) == "repetition"
    assert doubt("3" * 25, 20.0) == doubt("1234567890" * 3, 20.0) == "repetition"


def test_a_long_text_that_repeats_is_dropped() -> None:
    assert doubt("我在这里等你" * 30, 28.0) == "repetition"
    assert compression_ratio("") == 0.0


def test_long_speech_that_does_not_repeat_is_believed() -> None:
    text = "近几年不但我用书给女儿压岁，也劝说亲朋不要给女儿压岁钱，而改送压岁书，家里的书架慢慢满了，她每天晚上都要听一段才肯睡觉。"
    assert doubt(text, 12.0, logprob=-0.4) is None


@pytest.mark.parametrize(
    "text",
    [
        f"我要{'、'.join(map(str, range(36, 49)))}码的各一双", f"尺码有{'、'.join(map(str, range(160, 205, 5)))}吗",
        "价格是 99, 129, 159, 199, 259, 299, 359, 399, 459",
    ],
)  # fmt: skip
def test_lists_of_sizes_and_prices_are_believed(text: str) -> None:
    assert doubt(text, 12.0) is None
