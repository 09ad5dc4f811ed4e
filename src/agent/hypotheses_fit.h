#ifndef TEND_AGENT_HYPOTHESES_FIT_H
#define TEND_AGENT_HYPOTHESES_FIT_H
static const double fit_none[5] = {0};
static const double fit_service[8][30] = {{0}};
static const double fit_link[16] = {0};
#endif
