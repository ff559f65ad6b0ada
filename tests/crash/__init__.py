"""Processes that are killed, and what is left.

Two ways: at random moments (``SHUKE_KILLS`` says how often), and at named points that ``CRASH_AT=name:k`` makes deadly the k-th time
they are passed (``shuke/platform/db/failpoint.py``). The points, and where they are tried:

=========  ============================================================================================  =====================
work       points                                                                                        test
=========  ============================================================================================  =====================
ingest     after_parse, after_enqueue, before_commit, after_commit_before_ack, pipeline_mid_batch        test_kill_collector
webhook    after_verify, after_store, after_apply_before_mark                                            test_kill_hooks
import     mid_chunk, before_commit, between_chunks                                                      test_kill_import
merge      after_repoint, before_tombstone, before_commit; the same of split                             test_kill_merge
erasure    journalled, customers_behaviour, customers_before_commit, orders_files, after_<every holder>, test_kill_erasure
           before_certificate
warehouse  after_rows_before_mark, before_commit, after_commit_before_note, mid_rebuild, before_swap,    test_kill_warehouse
           after_swap, mid_squash, mid_tidy
journeys   planned, acted_before_commit, committed                                                        test_kill_journeys
sending    claiming, claimed, prepared, leaving, handed, recorded (of messaging)                         test_kill_sending
rotation   between_batches                                                                               shuke/cdp/privacy
=========  ============================================================================================  =====================

Passed, and not tried yet: ``export.written``, ``retention.between_batches``.
"""
