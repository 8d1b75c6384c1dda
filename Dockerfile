FROM python:3.11-slim

RUN useradd --create-home --uid 1000 visitor
WORKDIR /home/visitor/app

# TORCH_INDEX: where the CPU build of torch is; the ordinary package brings CUDA along.
ARG TORCH_INDEX=""
COPY requirements.txt .
RUN pip install --no-cache-dir torch==2.13.0 ${TORCH_INDEX:+--index-url "${TORCH_INDEX}"} \
    && pip install --no-cache-dir -r requirements.txt

COPY --chown=visitor app.py ./
COPY --chown=visitor search_core search_core
COPY --chown=visitor search_ui search_ui
COPY --chown=visitor examples examples
COPY --chown=visitor docs docs

USER 1000
ENV GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860 HF_HUB_OFFLINE=1
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
CMD ["python", "app.py"]
