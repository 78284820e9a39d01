"""Writes a tiny classifier (model.onnx, tokenizer.json) and what Python's onnxruntime says of
texts with it (golden.jsonl): the shape of a BERT classifier, with random weights.

    pip install onnx==1.23.2 onnxruntime==1.31.1 tokenizers==0.23.3 numpy && python generate.py
"""

import json

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = "[PAD] [UNK] [CLS] [SEP] bitcoin ether price rises falls gains losses hack fund bull ##ish bear good bad not ! ?".split()
TEXTS = ["Bitcoin price rises!", "bullish", "BEARISH losses, hack", "not good", "unknown words only", "?", " ",
         "ether " * 600, "Ether gains; bitcoin falls 🚀"]


def tokenizer():
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def model():
    source = np.random.default_rng(3)
    weights = {"embedding": source.normal(size=(len(WORDS), 8)), "types": source.normal(size=(2, 8)),
               "dense": source.normal(size=(8, 3)) * 2, "bias": source.normal(size=3)}
    nodes = [
        helper.make_node("Gather", ["embedding", "input_ids"], ["words"]),
        helper.make_node("Gather", ["types", "token_type_ids"], ["kinds"]),
        helper.make_node("Add", ["words", "kinds"], ["summed"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["summed", "wide"], ["masked"]),
        helper.make_node("ReduceMean", ["masked"], ["pooled"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["pooled", "dense"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["logits"]),
    ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
              for name in ("input_ids", "attention_mask", "token_type_ids")]
    constants = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    constants.append(numpy_helper.from_array(np.array([2], dtype=np.int64), "last"))
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 3])
    graph = helper.make_graph(nodes, "tiny", inputs, [output], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def main():
    tokens = tokenizer()
    tokens.save("tokenizer.json", pretty=False)
    onnx.checker.check_model(model())
    onnx.save(model(), "model.onnx")
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    tokens.enable_truncation(512)
    with open("golden.jsonl", "w", encoding="utf-8") as out:
        for text in TEXTS:
            encoding = tokens.encode(text)
            feed = {"input_ids": encoding.ids, "attention_mask": encoding.attention_mask,
                    "token_type_ids": encoding.type_ids}
            feed = {name: np.array([numbers], dtype=np.int64) for name, numbers in feed.items()}
            logits = session.run(None, feed)[0][0].astype(np.float64)
            powers = np.exp(logits - logits.max())
            row = {"text": text, "logits": logits.tolist(), "softmax": (powers / powers.sum()).tolist()}
            out.write(json.dumps(row) + "\n")


main()
